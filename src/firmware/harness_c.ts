/**
 * `main.c`: a test harness for debuggers and emulators. It stops at two functions around each inference,
 * where the host sets inputs and reads outputs; alone it runs once and prints the outputs.
 *
 * @module
 */
import { cString } from "./identifiers.ts";
import { IO_ALIGNMENT, type Network, type PlacedTensor } from "./network.ts";
import type { Manifest } from "./types.ts";

/** Symbols of the harness. */
export const HARNESS: NonNullable<Manifest["harness"]> = {
  begin_symbol: "pinmap_inference_begin",
  end_symbol: "pinmap_inference_end",
  count_symbol: "pinmap_inferences",
};

/** Prints the file. */
export function printHarness(networks: readonly Network[]): string {
  const printing = networks.flatMap((network) =>
    network.outputs.flatMap(({ tensor, field, sizeMacro }) => [
      `    pinmap_print(${cString(`pinmap: output ${tensor.name} `)});`,
      `    pinmap_print_hex(${outputsName(network, networks)}.${field}, ${sizeMacro});`,
      '    pinmap_print("\\n");',
    ])
  );
  const mapping = networks.flatMap((network) =>
    network.outputs.length === 0 || network.ownIo ? [] : [
      `    const struct ${network.prefix}_outputs ${outputsName(network, networks)} = ` +
      `${network.prefix}_map_outputs(&${network.prefix}_planned_pools);`,
    ]
  );
  const [first] = networks;
  const single = networks.length === 1 && first !== undefined;
  const runs = networks.map(runCall);
  const run = single ? runs.join("") : "run_all()";
  const memory = networks.flatMap(ioMemory);
  const all = networks.map(({ prefix }) => `${prefix}_run()`).join(", ");
  const where = networks.filter((one) => !one.ownIo).map(({ prefix }) => `${prefix}_map_inputs()`);
  return `/*
 * Test harness. A product replaces this file: it calls ${all} when its inputs are in ${
    where.length === 0
      ? "the arrays\n * that it passes."
      : `the buffers\n * that ${where.join(", ")} tells.`
  }
 */
#include "pinmap_runtime.h"
${networks.map(({ prefix }) => `#include "${prefix}.h"\n`).join("")}
/*
 * How many inferences to run for a host, which writes the number into the image before it starts it.
 * 0: none, run once on what lies in the input buffers and print the outputs by semihosting.
 */
extern const uint32_t pinmap_inferences;
const uint32_t pinmap_inferences = 0;

void pinmap_inference_begin(void);
void pinmap_inference_end(void);
int main(void);

/* The host stops here and sets inputs. The bodies differ, or compilers make one function of both. */
__attribute__((noinline)) void pinmap_inference_begin(void) {
  __asm__ volatile("@ inference begins" ::: "memory");
}

/* The host stops here and reads outputs. */
__attribute__((noinline)) void pinmap_inference_end(void) {
  __asm__ volatile("@ inference ends" ::: "memory");
}
${memory.map((line) => `${line}\n`).join("")}
${single ? "" : runAll(runs)}int main(void) {
  const uint32_t inferences = *(const volatile uint32_t *)&pinmap_inferences;
  if (inferences == 0) {
    if (${run} != 0) {
      return 1;
    }
${[...mapping, ...printing].map((line) => `${line}\n`).join("")}    return 0;
  }
  for (uint32_t i = 0; i < inferences; i++) {
    pinmap_inference_begin();
    const int32_t status = ${run};
    pinmap_inference_end();
    if (status != 0) {
      return 1;
    }
  }
  return 0;
}
`;
}

/** One network after the other; the first failure ends it. */
function runAll(runs: readonly string[]): string {
  return `static int32_t run_all(void) {
${runs.map((run) => `  if (${run} != 0) {\n    return -1;\n  }\n`).join("")}  return 0;
}

`;
}

function runCall({ prefix, inputs, outputs, pools, ownIo }: Network): string {
  const args = [
    ...(ownIo && inputs.length > 0 ? [`&${prefix}_harness_inputs`] : []),
    ...(ownIo && outputs.length > 0 ? [`&${prefix}_harness_outputs`] : []),
    ...(pools.length > 0 ? [`&${prefix}_planned_pools`] : []),
  ];
  return `${prefix}_run(${args.join(", ")})`;
}

function outputsName({ prefix, ownIo }: Network, networks: readonly Network[]): string {
  if (ownIo) return `${prefix}_harness_outputs`;
  return networks.length === 1 ? "outputs" : `${prefix}_outputs`;
}

/** Inputs and outputs whose memory the application gives: here arrays beside the other static data. */
function ioMemory({ prefix, inputs, outputs, ownIo }: Network): string[] {
  if (!ownIo) return [];
  const arrays = (tensors: readonly PlacedTensor[]) =>
    tensors.flatMap(({ tensor, sizeMacro }) => [
      `extern uint8_t ${tensor.symbol}[${sizeMacro}];`,
      `uint8_t ${tensor.symbol}[${sizeMacro}] __attribute__((aligned(${IO_ALIGNMENT})));`,
    ]);
  const struct = (which: string, tensors: readonly PlacedTensor[]) =>
    tensors.length === 0 ? [] : [
      `static const struct ${prefix}_${which} ${prefix}_harness_${which} = {`,
      ...tensors.map(({ field, tensor }) => `    .${field} = ${tensor.symbol},`),
      "};",
    ];
  return [
    "",
    ...arrays(inputs),
    ...arrays(outputs),
    ...struct("inputs", inputs),
    ...struct("outputs", outputs),
  ];
}
