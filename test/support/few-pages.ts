/** Pages of the sample library for bots that are not asked for more; indexing all of them takes most of a start. */
export const FEW_PAGES = ["condoms", "consent"] as const;
