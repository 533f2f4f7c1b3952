/** @file Which devices each engine computes on here, where it says so itself. */
import type { DeviceView, EngineName } from '@rankforge/contracts';
import type { NvidiaDevice } from './nvidia-smi.js';
import { cardsOfTensorflow, isForCpu } from './tensorflow.js';
import { webgpuLimits } from './webgpu.js';

interface Asked {
  /** Folder of the engines that were added. */
  enginesDir: string;
  /** Hears what is left out, and why. */
  log(reason: string): void;
}

interface EngineProbe {
  /** Finds out if it was built without cards, though engines of its name compute on some. */
  leavesCards?(enginesDir: string): Promise<boolean>;
  /** The cards that it computes on. */
  cardsOf?(visible: readonly NvidiaDevice[], asked: Asked): Promise<NvidiaDevice[]>;
  /** Fields that its host adds to the device; undefined where it does not compute there. */
  onHost?(asked: Asked): Promise<Pick<DeviceView, 'webgpu'> | undefined>;
}

/** An engine without an entry computes wherever its record says. */
const probes: Partial<Record<EngineName, EngineProbe>> = {
  tensorflow: { leavesCards: isForCpu, cardsOf: cardsOfTensorflow },
  webgpu: {
    onHost: async ({ log }) => {
      const webgpu = await webgpuLimits(log);
      return webgpu && { webgpu };
    },
  },
};

export const probeOf = (engine: EngineName): EngineProbe => probes[engine] ?? {};
