/** What an operator says of a refresh of worker caches. */
export interface RefreshOptions {
  readonly workers: number;
  /** The highest limit that was in force in the last hour; null when nobody said. */
  readonly highest: number | null;
  readonly model: string | undefined;
  readonly keyFile: string;
}
