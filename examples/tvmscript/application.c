/*
 * An application that defines the memory pools itself, in the style of TVM's RFC 0009 and RFC 0023: two
 * workspaces, DTCM for the core and SRAM that the accelerator reaches too, and two parameter pools, ITCM
 * and flash. The header says how large each pool is and in which section it belongs; its attributes may
 * be written out, as for the workspaces here, or taken from the header.
 *
 * The RFC's sample stores &workspace_buffer_1 (DTCM) in .sram and &workspace_buffer_2 (SRAM) in .dtcm. Here
 * each array has the name of its pool, and tvmgen_accelerator_planned_pools puts them together by name; an
 * array in the wrong section is found by `pinmap check`.
 *
 *   pinmap run examples/tvmscript/accelerator.py --board stm32h743 \
 *     --application examples/tvmscript/application.c --user-pools \
 *     --initiator "name=accel;regions=axi_sram,flash" \
 *     --with-workspace-buffer "name=dtcm;target=c;size=1000" \
 *     --with-workspace-buffer "name=sram;region=axi_sram;target=c,accel" \
 *     --with-parameter-buffer "name=itcm;target=c;size=5000" \
 *     --with-parameter-buffer "name=flash;target=c,accel"
 *
 * SPDX-License-Identifier: MIT
 */
#include "pinmap_runtime.h"
#include "tvmgen_accelerator.h"

__attribute__((section(".pinmap.workspace.dtcm"), aligned(16)))
uint8_t tvmgen_accelerator_dtcm_workspace_pool[TVMGEN_ACCELERATOR_DTCM_WORKSPACE_POOL_SIZE];

__attribute__((section(".pinmap.workspace.sram"), aligned(16)))
uint8_t tvmgen_accelerator_sram_workspace_pool[TVMGEN_ACCELERATOR_SRAM_WORKSPACE_POOL_SIZE];

TVMGEN_ACCELERATOR_ITCM_CONSTANT_POOL_ATTRIBUTES
const uint8_t tvmgen_accelerator_itcm_constant_pool[TVMGEN_ACCELERATOR_ITCM_CONSTANT_POOL_SIZE] = {
    TVMGEN_ACCELERATOR_ITCM_CONSTANT_POOL_DATA};

TVMGEN_ACCELERATOR_FLASH_CONSTANT_POOL_ATTRIBUTES
const uint8_t tvmgen_accelerator_flash_constant_pool[TVMGEN_ACCELERATOR_FLASH_CONSTANT_POOL_SIZE] = {
    TVMGEN_ACCELERATOR_FLASH_CONSTANT_POOL_DATA};

int main(void);

int main(void) {
  const struct tvmgen_accelerator_workspace_pools *pools = &tvmgen_accelerator_planned_pools;
  const struct tvmgen_accelerator_inputs inputs = tvmgen_accelerator_map_inputs(pools);
  uint8_t *image = inputs.image;
  for (uint32_t i = 0; i < TVMGEN_ACCELERATOR_IMAGE_SIZE; i++) {
    image[i] = (uint8_t)(i * 7u + (i >> 4));
  }
  if (tvmgen_accelerator_run(pools) != 0) {
    return 1;
  }
  const struct tvmgen_accelerator_outputs outputs = tvmgen_accelerator_map_outputs(pools);
  pinmap_print("scores ");
  pinmap_print_hex(outputs.scores, TVMGEN_ACCELERATOR_SCORES_SIZE);
  pinmap_print("\n");
  return 0;
}
