/** @file What the engine `tensorflow` is made of. Versions and digests are pinned: what is added today is what was tried. */
import type { Wheel } from '../local/wheels.js';

export const variants = ['cpu', 'cuda'] as const;
export type Variant = (typeof variants)[number];

export interface Recipe {
  variant: Variant;
  /** Package whose binding is compiled and loaded; both come from `apps/cli/engines/tensorflow`. */
  binding: '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';
  tensorflow: Wheel;
  /** Libraries of NVIDIA that libtensorflow loads at run time. */
  libraries: readonly Wheel[];
  /** Free bytes that the folder needs while it is made; about half of it stays. */
  neededBytes: number;
}

const gibibyte = 2 ** 30;

export const recipes: Readonly<Record<Variant, Recipe>> = {
  cpu: {
    variant: 'cpu',
    binding: '@tensorflow/tfjs-node',
    tensorflow: {
      release: 'tensorflow-cpu==2.20.0',
      sha256: 'cf756bbe2d256e942ab5d0ad2c858fb40017581494febdb4387c149b1afde780',
    },
    libraries: [],
    neededBytes: 1.5 * gibibyte,
  },
  cuda: {
    variant: 'cuda',
    binding: '@tensorflow/tfjs-node-gpu',
    tensorflow: {
      release: 'tensorflow==2.20.0',
      sha256: '481499fd0f824583de8945be61d5e827898cdaa4f5ea1bc2cc28ca2ccff8229e',
    },
    libraries: [
      {
        release: 'nvidia-cublas-cu12==12.6.4.1',
        sha256: '08ed2686e9875d01b58e3cb379c6896df8e76c75e0d4a7f7dace3d7b6d9ef8eb',
      },
      {
        release: 'nvidia-cuda-cupti-cu12==12.6.80',
        sha256: '6768bad6cab4f19e8292125e5f1ac8aa7d1718704012a0e3272a6f61c4bce132',
      },
      {
        release: 'nvidia-cuda-nvrtc-cu12==12.6.85',
        sha256: '800927308ccc5dd6246d3f61f7fcef2ed7ec4e59e199090d360d3293f78bd5a2',
      },
      {
        release: 'nvidia-cuda-runtime-cu12==12.6.77',
        sha256: 'ba3b56a4f896141e25e19ab287cd71e52a6a0f4b29d0d31609f60e3b4d5219b7',
      },
      {
        release: 'nvidia-cudnn-cu12==9.3.0.75',
        sha256: '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d',
      },
      {
        release: 'nvidia-cufft-cu12==11.3.0.4',
        sha256: 'ccba62eb9cef5559abd5e0d54ceed2d9934030f51163df018532142a8ec533e5',
      },
      {
        release: 'nvidia-curand-cu12==10.3.7.77',
        sha256: 'a42cd1344297f70b9e39a1e4f467a4e1c10f1da54ff7a85c12197f6c652c8bdf',
      },
      {
        release: 'nvidia-cusolver-cu12==11.7.1.2',
        sha256: 'e9e49843a7707e42022babb9bcfa33c29857a93b88020c4e4434656a655b698c',
      },
      {
        release: 'nvidia-cusparse-cu12==12.5.4.2',
        sha256: '7556d9eca156e18184b94947ade0fba5bb47d69cec46bf8660fd2c71a4b48b73',
      },
      {
        release: 'nvidia-nccl-cu12==2.25.1.post1',
        sha256: '176b8f4463bc63ba953c19bf7a580a59744946ab69d5172802feaf5f4ac54f54',
      },
      {
        release: 'nvidia-nvjitlink-cu12==12.6.85',
        sha256: 'eedc36df9e88b682efe4309aa16b5b4e78c2407eac59e8c10a6a47535164369a',
      },
    ],
    neededBytes: 9 * gibibyte,
  },
};

/** Lists the parts that an engine of a recipe is made of, as its description has them. */
export const releasesOf = ({ binding, tensorflow, libraries }: Recipe): string[] => [
  `${binding}==4.22.0`,
  ...[tensorflow, ...libraries].map(({ release }) => release),
];
