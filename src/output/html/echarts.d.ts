/** One file that loads four times as fast as the package's many modules; the package has no types for it. */
declare module "echarts/dist/echarts.esm.min.mjs" {
  export * from "echarts";
}
