/** Runs `work` and records how long it took, and whether it failed, under `name`. The performance monitor is one. */
export type Measure = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** A measure that only runs the work. */
export const unmeasured: Measure = (_name, work) => work();
