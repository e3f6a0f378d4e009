/**
 * `main.c`: a test harness for debuggers and emulators. It stops at two functions around each inference,
 * where the host sets inputs and reads outputs; alone it runs once and prints the outputs.
 *
 * @module
 */
import { cString } from "./identifiers.ts";
import type { Network } from "./network.ts";
import type { Manifest } from "./types.ts";

/** Symbols of the harness. */
export const HARNESS: Manifest["harness"] = {
  begin_symbol: "pinmap_inference_begin",
  end_symbol: "pinmap_inference_end",
  count_symbol: "pinmap_inferences",
};

/** Prints the file. */
export function printHarness({ prefix, outputs }: Network): string {
  const pools = `&${prefix}_planned_pools`;
  const printing = outputs.flatMap(({ tensor, field, sizeMacro }) => [
    `    pinmap_print(${cString(`pinmap: output ${tensor.name} `)});`,
    `    pinmap_print_hex(outputs.${field}, ${sizeMacro});`,
    '    pinmap_print("\\n");',
  ]);
  const mapping = outputs.length === 0
    ? []
    : [`    const struct ${prefix}_outputs outputs = ${prefix}_map_outputs(${pools});`];
  return `/*
 * Test harness. A product replaces this file: it calls ${prefix}_run() when its inputs are in the buffers
 * that ${prefix}_map_inputs() tells.
 */
#include "pinmap_runtime.h"
#include "${prefix}.h"

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

int main(void) {
  const uint32_t inferences = *(const volatile uint32_t *)&pinmap_inferences;
  if (inferences == 0) {
    if (${prefix}_run(${pools}) != 0) {
      return 1;
    }
${[...mapping, ...printing].map((line) => `${line}\n`).join("")}    return 0;
  }
  for (uint32_t i = 0; i < inferences; i++) {
    pinmap_inference_begin();
    const int32_t status = ${prefix}_run(${pools});
    pinmap_inference_end();
    if (status != 0) {
      return 1;
    }
  }
  return 0;
}
`;
}
