/** @file Cards that a training can be estimated for. A row cites the sources of its numbers; docs/estimates.md says how they are used. */

export interface Card {
  name: string;
  title: string;
  /** GiB that CUDA says the card has. Drivers and ECC change it by some tenths; the least that was seen is taken. */
  gib: number;
  /** GiB of a process beside what torch reserves: context, kernels and libraries. Absent: nobody was seen to say it. */
  contextGib?: number;
  /** Gigabytes (10⁹) that its memory moves in a second. */
  gigabytesPerSecond: number;
  /** 10¹² operations a second in dense products of 16 bits, added in float32: bfloat16, or float16 before compute capability 8.0. */
  teraflops: number;
  /** Compute capability. */
  capability: string;
  /** Where memory and context were seen, then where bandwidth and rate stand. */
  sources: readonly [memory: string, rates: string];
}

const turing = 'NVIDIA T4 data sheet';
const volta = 'NVIDIA V100 data sheet';
const ampere = 'NVIDIA Ampere GA102 GPU architecture white paper, appendix A';
const ada = 'NVIDIA Ada GPU architecture white paper, appendix A';
const blackwell = 'NVIDIA RTX Blackwell GPU architecture white paper, appendix A';
/** Reports of running out of memory that name a card quote it so often that one is not cited. */
const usual = 'torch.OutOfMemoryError, "has a total capacity of"';

/** Smallest first. */
export const cards: readonly Card[] = [
  {
    name: 'rtx-3080',
    title: 'GeForce RTX 3080 10 GB',
    gib: 9.78,
    gigabytesPerSecond: 760,
    teraflops: 59.5,
    capability: '8.6',
    sources: ['github.com/zai-org/CogVideo/issues/34', ampere],
  },
  {
    name: 't4',
    title: 'T4',
    gib: 14.56,
    contextGib: 0.13,
    gigabytesPerSecond: 320,
    teraflops: 65,
    capability: '7.5',
    sources: ['github.com/AlphaGPU/leetgpu-challenges/issues/52, github.com/QwenLM/Qwen3-VL/issues/1046', turing],
  },
  {
    name: 'rtx-a4000',
    title: 'RTX A4000',
    gib: 15.61,
    contextGib: 0.21,
    gigabytesPerSecond: 448,
    teraflops: 76.7,
    capability: '8.6',
    sources: ['github.com/DengKaiCQ/VGGT-Long/issues/6', 'NVIDIA RTX A4000 data sheet, half of its sparse rate'],
  },
  {
    name: 'v100-16',
    title: 'V100 16 GB (SXM2)',
    gib: 15.77,
    gigabytesPerSecond: 900,
    teraflops: 125,
    capability: '7.0',
    sources: ['github.com/nomic-ai/gpt4all/issues/544', volta],
  },
  {
    name: 'a10g',
    title: 'A10G',
    gib: 21.96,
    gigabytesPerSecond: 600,
    teraflops: 70,
    capability: '8.6',
    sources: [usual, 'NVIDIA A10G data sheet'],
  },
  {
    name: 'l4',
    title: 'L4',
    gib: 22.03,
    contextGib: 0.23,
    gigabytesPerSecond: 300,
    teraflops: 121,
    capability: '8.9',
    sources: ['github.com/ArcInstitute/evo2/issues/190', 'NVIDIA L4 data sheet, half of its sparse rate'],
  },
  {
    name: 'rtx-4090',
    title: 'GeForce RTX 4090',
    gib: 23.52,
    contextGib: 0.44,
    gigabytesPerSecond: 1008,
    teraflops: 165.2,
    capability: '8.9',
    sources: ['github.com/Soul-AILab/SoulX-FlashTalk/issues/5', ada],
  },
  {
    name: 'a30',
    title: 'A30',
    gib: 23.53,
    gigabytesPerSecond: 933,
    teraflops: 165,
    capability: '8.0',
    sources: ['github.com/google/RB-Modulation/issues/5', 'NVIDIA A30 data sheet'],
  },
  {
    name: 'rtx-3090',
    title: 'GeForce RTX 3090',
    gib: 23.7,
    gigabytesPerSecond: 936,
    teraflops: 71,
    capability: '8.6',
    sources: ['github.com/xiaoxiangAQ/GAS-Net/issues/7', ampere],
  },
  {
    name: 'rtx-5090',
    title: 'GeForce RTX 5090',
    gib: 31.37,
    contextGib: 0.58,
    gigabytesPerSecond: 1792,
    teraflops: 209.5,
    capability: '12.0',
    sources: ['github.com/Wan-Video/Wan2.1/issues/465', blackwell],
  },
  {
    name: 'v100-32',
    title: 'V100 32 GB (SXM2)',
    gib: 31.74,
    gigabytesPerSecond: 900,
    teraflops: 125,
    capability: '7.0',
    sources: ['github.com/liucongg/ChatGLM-Finetuning/issues/73', volta],
  },
  {
    name: 'a100-40',
    title: 'A100 40 GB',
    gib: 39.5,
    contextGib: 0.49,
    gigabytesPerSecond: 1555,
    teraflops: 312,
    capability: '8.0',
    sources: ['github.com/TianheWu/CoSeR/issues/10', 'NVIDIA A100 data sheet'],
  },
  {
    name: 'l40',
    title: 'L40',
    gib: 44.4,
    contextGib: 0.5,
    gigabytesPerSecond: 864,
    teraflops: 181,
    capability: '8.9',
    sources: ['github.com/QwenLM/Qwen3-VL/issues/2097', 'NVIDIA L40 data sheet'],
  },
  {
    name: 'l40s',
    title: 'L40S',
    gib: 44.42,
    contextGib: 0.41,
    gigabytesPerSecond: 864,
    teraflops: 362,
    capability: '8.9',
    sources: ['github.com/stepfun-ai/Step-Video-T2V/issues/8', 'NVIDIA L40S data sheet'],
  },
  {
    name: 'rtx-6000-ada',
    title: 'RTX 6000 Ada, with ECC',
    gib: 44.43,
    contextGib: 0.42,
    gigabytesPerSecond: 960,
    teraflops: 364.2,
    capability: '8.9',
    sources: ['github.com/DINGYANB/MTVCrafter/issues/21', ada],
  },
  {
    name: 'rtx-a6000',
    title: 'RTX A6000',
    gib: 47.54,
    gigabytesPerSecond: 768,
    teraflops: 154.8,
    capability: '8.6',
    sources: ['github.com/PKU-YuanGroup/Video-LLaVA/issues/66', ampere],
  },
  {
    name: 'h100',
    title: 'H100 80 GB (SXM)',
    gib: 79.1,
    gigabytesPerSecond: 3350,
    teraflops: 989.4,
    capability: '9.0',
    sources: [usual, 'NVIDIA H100 data sheet, half of its sparse rate'],
  },
  {
    name: 'a100-80',
    title: 'A100 80 GB (SXM)',
    gib: 79.14,
    contextGib: 0.49,
    gigabytesPerSecond: 2039,
    teraflops: 312,
    capability: '8.0',
    sources: ['github.com/lianqi1008/Control-GIC/issues/6', 'NVIDIA A100 data sheet'],
  },
  {
    name: 'h200',
    title: 'H200 (SXM)',
    gib: 139.7,
    gigabytesPerSecond: 4800,
    teraflops: 989.4,
    capability: '9.0',
    sources: [usual, 'NVIDIA H200 data sheet, half of its sparse rate'],
  },
  {
    name: 'b200',
    title: 'B200',
    gib: 178.35,
    gigabytesPerSecond: 7672,
    teraflops: 2250,
    capability: '10.0',
    sources: [
      'github.com/pytorch/ao/pull/4002',
      'NVIDIA DGX B200 data sheet; bandwidth: github.com/pytorch/ao/pull/4002',
    ],
  },
];
