/**
 * Adam (Kingma and Ba, 2015, Algorithm 1) with the paper's constants.
 *
 * @module
 */
import type { Network } from "./network.ts";

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * An optimiser for the parameters of one network.
 *
 * @param network Its gradients are read and set to zero by every step
 * @returns A step: takes the learning rate and the number of images that the gradients are summed over
 */
export function createAdam(network: Network): (rate: number, batch: number) => void {
  const parameters = network.layers.flatMap((layer) => [
    { values: layer.weights, gradients: layer.weightGradients },
    { values: layer.bias, gradients: layer.biasGradients },
  ]).map((parameter) => ({
    ...parameter,
    mean: new Float64Array(parameter.values.length),
    variance: new Float64Array(parameter.values.length),
  }));
  let power1 = 1;
  let power2 = 1;
  return (rate, batch) => {
    power1 *= BETA1;
    power2 *= BETA2;
    for (const { values, gradients, mean, variance } of parameters) {
      for (let i = 0; i < values.length; i++) {
        const gradient = gradients[i]! / batch;
        const m = mean[i] = BETA1 * mean[i]! + (1 - BETA1) * gradient;
        const v = variance[i] = BETA2 * variance[i]! + (1 - BETA2) * gradient * gradient;
        values[i]! -= rate * (m / (1 - power1)) / (Math.sqrt(v / (1 - power2)) + EPSILON);
        gradients[i] = 0;
      }
    }
  };
}
