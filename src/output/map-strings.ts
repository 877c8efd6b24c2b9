/** The same value with every text in it changed, however deep; names of fields stay. For what JSON can hold. */
export const mapStrings = <T>(value: T, change: (text: string) => string): T =>
  JSON.parse(JSON.stringify(value), (_, one) => (typeof one === "string" ? change(one) : one));
