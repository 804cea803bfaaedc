import { type CallSite, type LabelOptions, type MeasureOptions, slowThresholdMs } from "./call-site.ts";
import { Operation } from "./operation.ts";

/** Guards against names built from ids: an operation takes about 33 KB. The bot has far fewer. */
const MAX_OPERATIONS = 300;
const OTHER = "other";

/** All operations by name. */
export class OperationRegistry {
  private readonly sites = new Map<string, CallSite>();

  constructor(private readonly defaultSlowMs: number) {}

  /** The call site of an operation with these options. */
  site(name: string, options?: MeasureOptions): CallSite {
    const plain = this.sites.get(name) ?? this.addOperation(name);
    if (options === undefined) return plain;
    const { operation } = plain;
    const slowMs = slowThresholdMs(options.slowMs, this.defaultSlowMs);
    if (options.slowMs !== undefined) operation.slowMs = slowMs;
    const warnsWithin = options.slowMs !== undefined && options.slowMs !== null;
    return { operation, part: options.part ?? operation.name, slowMs, warnsWithin };
  }

  /** Returns a function that finds the call site of a labelled operation by the call's arguments. */
  labelledSites(
    name: string,
    options: Omit<LabelOptions<never[]>, "label">,
    labelOf: (args: unknown[]) => string,
  ): (args: unknown[]) => CallSite {
    const site = (label: string): CallSite => this.site(`${name}{${label}}`, options);
    const sites = new Map(options.labels.map((label) => [label, site(label)]));
    const other = site(OTHER);
    return (args) => sites.get(labelOf(args)) ?? other;
  }

  /** All operations that were named so far. */
  operations(): Operation[] {
    return [...this.sites.values()].map(({ operation }) => operation);
  }

  private addOperation(wanted: string): CallSite {
    const name = this.sites.size < MAX_OPERATIONS ? wanted : OTHER;
    const known = this.sites.get(name);
    if (known) return known;
    const operation = new Operation(name, this.defaultSlowMs);
    const site = { operation, part: name, slowMs: this.defaultSlowMs, warnsWithin: false };
    this.sites.set(name, site);
    return site;
  }
}
