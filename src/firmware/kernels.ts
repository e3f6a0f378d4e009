/**
 * The kernels that generated code may call, with their C sources. A network's folder gets only those
 * that it uses.
 *
 * @module
 */
import addSource from "./kernels/add.c" with { type: "text" };
import averagePoolSource from "./kernels/average_pool_2d.c" with { type: "text" };
import convSource from "./kernels/conv_2d.c" with { type: "text" };
import copySource from "./kernels/copy.c" with { type: "text" };
import depthwiseSource from "./kernels/depthwise_conv_2d.c" with { type: "text" };
import dotProductHeader from "./kernels/dot_product.h" with { type: "text" };
import fixedPointHeader from "./kernels/fixed_point.h" with { type: "text" };
import fullyConnectedSource from "./kernels/fully_connected.c" with { type: "text" };
import kernelsHeader from "./kernels/pinmap_kernels.h" with { type: "text" };
import maxPoolSource from "./kernels/max_pool_2d.c" with { type: "text" };
import softmaxSource from "./kernels/softmax.c" with { type: "text" };
import windowHeader from "./kernels/window.h" with { type: "text" };

/** A function of the firmware library. */
export interface Kernel {
  /** Name of the function. */
  readonly name: string;
  /** How many pointers come first. */
  readonly pointers: number;
  /** How many `int32_t` follow. */
  readonly scalars: number;
  /** Name of its file. */
  readonly file: string;
  /** Text of its file. */
  readonly source: string;
}

function kernel(
  name: string,
  pointers: number,
  scalars: number,
  file: string,
  source: string,
): [string, Kernel] {
  return [name, { name, pointers, scalars, file, source }];
}

/** All kernels by name. */
export const KERNELS: ReadonlyMap<string, Kernel> = new Map([
  kernel("pinmap_conv_2d_s8", 6, 19, "conv_2d.c", convSource),
  kernel("pinmap_depthwise_conv_2d_s8", 6, 20, "depthwise_conv_2d.c", depthwiseSource),
  kernel("pinmap_fully_connected_s8", 6, 9, "fully_connected.c", fullyConnectedSource),
  kernel("pinmap_average_pool_2d_s8", 2, 14, "average_pool_2d.c", averagePoolSource),
  kernel("pinmap_max_pool_2d_s8", 2, 14, "max_pool_2d.c", maxPoolSource),
  kernel("pinmap_copy_s8", 2, 1, "copy.c", copySource),
  kernel("pinmap_softmax_s8", 2, 5, "softmax.c", softmaxSource),
  kernel("pinmap_add_s8", 3, 13, "add.c", addSource),
]);

/** Headers that the kernels include, by file name. */
export const KERNEL_HEADERS: ReadonlyMap<string, string> = new Map([
  ["dot_product.h", dotProductHeader],
  ["fixed_point.h", fixedPointHeader],
  ["pinmap_kernels.h", kernelsHeader],
  ["window.h", windowHeader],
]);
