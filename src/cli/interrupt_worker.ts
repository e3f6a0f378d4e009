/**
 * Waits for Ctrl-C beside a main thread that is busy: counts the signals in the cell that it is sent.
 *
 * @module
 */
/// <reference lib="deno.worker" />

self.onmessage = ({ data }: MessageEvent<unknown>) => {
  if (!(data instanceof Int32Array)) return;
  Deno.addSignalListener("SIGINT", () => {
    Atomics.add(data, 0, 1);
  });
  self.postMessage("ready");
};
