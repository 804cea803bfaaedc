import type { AsyncFunction, PerformanceMonitor } from "../monitor.ts";
import type { CallSite, LabelOptions, MeasureOptions } from "./call-site.ts";
import type { AnyFunction, MeasuredCalls } from "./measured-calls.ts";
import type { OperationRegistry } from "./registry.ts";

/** What a running monitor measures calls with. */
export interface Recorder {
  registry: OperationRegistry;
  calls: MeasuredCalls;
}

/** An operation as one recorder knows it; the calls of a labelled one are told apart by their arguments. */
interface Resolved {
  recorder: Recorder;
  calls: MeasuredCalls;
  site: CallSite | ((args: unknown[]) => CallSite);
}

/**
 * Makes the decorator that measures with the recorder `source` holds at the time of each call, and calls the function
 * itself while it holds none. The operation is looked up again only when the recorder has changed, so that a wrapper
 * bound later costs no more than one made by the monitor itself.
 */
export function createDecorator(source: {
  recorder: Recorder | null;
}): PerformanceMonitor["monitorPerformance"] {
  return <Args extends unknown[]>(name: string, options?: MeasureOptions | LabelOptions<Args>) => {
    function resolve(recorder: Recorder): Resolved {
      const { calls, registry } = recorder;
      if (!options || !("labels" in options)) return { recorder, calls, site: registry.site(name, options) };
      const labelOf = (args: unknown[]): string => options.label(...(args as Args));
      return { recorder, calls, site: registry.labelledSites(name, options, labelOf) };
    }

    return <F extends AsyncFunction>(fn: F): F => {
      const bare = fn as unknown as AnyFunction;
      let resolved: Resolved | null = null;
      return copySignature(fn, function monitored(this: unknown, ...args) {
        const { recorder } = source;
        if (recorder === null) return bare.apply(this, args);
        if (resolved === null || resolved.recorder !== recorder) resolved = resolve(recorder);
        const { calls, site } = resolved;
        return calls.call(typeof site === "function" ? site(args) : site, bare, this, args);
      });
    };
  };
}

/** Gives a wrapper the name, arity and type of the function it wraps. */
function copySignature<F extends AsyncFunction>(fn: F, wrapper: AnyFunction): F {
  Object.defineProperty(wrapper, "name", { value: fn.name, configurable: true });
  Object.defineProperty(wrapper, "length", { value: fn.length, configurable: true });
  return wrapper as unknown as F;
}
