/** One event of a stream: its name, or null where the API sends data lines only, and its data. */
export type Event = [name: string | null, data: object | string];

/** How one API words its answers. Each gets the name of the model that was asked for. */
export interface Shape {
  whole(model: string): object;
  start(model: string): Event[];
  piece(model: string): Event[];
  end(model: string): Event[];
  error(status: number): object;
}

export const openaiError = (status: number) => ({
  error: { message: `upstream error ${status}`, type: "server_error", param: null, code: null },
});
