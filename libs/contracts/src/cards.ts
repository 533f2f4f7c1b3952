/** @file Cards that a training can be estimated for: numbers of NVIDIA's data sheets and white papers. docs/estimates.md says how they are used. */

const GiB = 2 ** 30;

/** Memory of a card of GDDR whose ECC is on by default and kept in it: one sixteenth. HBM keeps its ECC apart. */
const lessEcc = (bytes: number): number => (bytes * 15) / 16;

const ampere = 'NVIDIA Ampere GA102 GPU architecture white paper, appendix A';
const ada = 'NVIDIA Ada GPU architecture white paper, appendix A';
const blackwell = 'NVIDIA RTX Blackwell GPU architecture white paper, appendix A';

/**
 * The smallest first. A source says `bytes` in gigabytes, read as 2³⁰ where chips have a power of two and as 10⁹, the smaller reading, where
 * they don't; gigabytes (10⁹) that memory moves in a second; and 10¹² operations a second in dense products of 16 bits that are added in
 * float32: bfloat16, or float16 before compute capability 8.0.
 */
export const cards = [
  {
    name: 'rtx-3080',
    title: 'GeForce RTX 3080 10 GB',
    bytes: 10 * GiB,
    gigabytesPerSecond: 760,
    teraflops: 59.5,
    capability: '8.6',
    source: ampere,
  },
  {
    name: 't4',
    title: 'T4',
    bytes: lessEcc(16 * GiB),
    gigabytesPerSecond: 300,
    teraflops: 65,
    capability: '7.5',
    source: 'NVIDIA T4 data sheet',
  },
  {
    name: 'v100-16',
    title: 'V100 16 GB (SXM2)',
    bytes: 16 * GiB,
    gigabytesPerSecond: 900,
    teraflops: 125,
    capability: '7.0',
    source: 'NVIDIA V100 data sheet',
  },
  {
    name: 'rtx-a4000',
    title: 'RTX A4000',
    bytes: 16 * GiB,
    gigabytesPerSecond: 448,
    teraflops: 76.7,
    capability: '8.6',
    source: 'NVIDIA RTX A4000 data sheet, half of its sparse rate',
  },
  {
    name: 'a10g',
    title: 'A10G',
    bytes: lessEcc(24 * GiB),
    gigabytesPerSecond: 600,
    teraflops: 70,
    capability: '8.6',
    source: 'NVIDIA A10G data sheet',
  },
  {
    name: 'l4',
    title: 'L4',
    bytes: lessEcc(24 * GiB),
    gigabytesPerSecond: 300,
    teraflops: 121,
    capability: '8.9',
    source: 'NVIDIA L4 data sheet, half of its sparse rate',
  },
  {
    name: 'rtx-4090',
    title: 'GeForce RTX 4090',
    bytes: 24 * GiB,
    gigabytesPerSecond: 1008,
    teraflops: 165.2,
    capability: '8.9',
    source: ada,
  },
  {
    name: 'a30',
    title: 'A30',
    bytes: 24 * GiB,
    gigabytesPerSecond: 933,
    teraflops: 165,
    capability: '8.0',
    source: 'NVIDIA A30 data sheet',
  },
  {
    name: 'rtx-3090',
    title: 'GeForce RTX 3090',
    bytes: 24 * GiB,
    gigabytesPerSecond: 936,
    teraflops: 71,
    capability: '8.6',
    source: ampere,
  },
  {
    name: 'rtx-5090',
    title: 'GeForce RTX 5090',
    bytes: 32 * GiB,
    gigabytesPerSecond: 1792,
    teraflops: 209.5,
    capability: '12.0',
    source: blackwell,
  },
  {
    name: 'v100-32',
    title: 'V100 32 GB (SXM2)',
    bytes: 32 * GiB,
    gigabytesPerSecond: 900,
    teraflops: 125,
    capability: '7.0',
    source: 'NVIDIA V100 data sheet',
  },
  {
    name: 'a100-40',
    title: 'A100 40 GB',
    bytes: 40 * GiB,
    gigabytesPerSecond: 1555,
    teraflops: 312,
    capability: '8.0',
    source: 'NVIDIA A100 data sheet',
  },
  {
    name: 'l40',
    title: 'L40',
    bytes: lessEcc(48 * GiB),
    gigabytesPerSecond: 864,
    teraflops: 181,
    capability: '8.9',
    source: 'NVIDIA L40 data sheet',
  },
  {
    name: 'l40s',
    title: 'L40S',
    bytes: lessEcc(48 * GiB),
    gigabytesPerSecond: 864,
    teraflops: 362,
    capability: '8.9',
    source: 'NVIDIA L40S data sheet',
  },
  {
    name: 'rtx-6000-ada',
    title: 'RTX 6000 Ada',
    bytes: 48 * GiB,
    gigabytesPerSecond: 960,
    teraflops: 364.2,
    capability: '8.9',
    source: 'NVIDIA RTX 6000 Ada data sheet, a quarter of its sparse rate of 8 bits',
  },
  {
    name: 'rtx-a6000',
    title: 'RTX A6000',
    bytes: 48 * GiB,
    gigabytesPerSecond: 768,
    teraflops: 154.8,
    capability: '8.6',
    source: 'NVIDIA RTX A6000 data sheet, half of its sparse rate',
  },
  {
    name: 'h100',
    title: 'H100 80 GB (SXM)',
    bytes: 80 * GiB,
    gigabytesPerSecond: 3350,
    teraflops: 989.5,
    capability: '9.0',
    source: 'NVIDIA H100 data sheet, half of its sparse rate',
  },
  {
    name: 'a100-80',
    title: 'A100 80 GB (SXM)',
    bytes: 80 * GiB,
    gigabytesPerSecond: 2039,
    teraflops: 312,
    capability: '8.0',
    source: 'NVIDIA A100 data sheet',
  },
  {
    name: 'h200',
    title: 'H200 (SXM)',
    bytes: 141e9,
    gigabytesPerSecond: 4800,
    teraflops: 989.5,
    capability: '9.0',
    source: 'NVIDIA H200 data sheet, half of its sparse rate',
  },
  {
    name: 'b200',
    title: 'B200',
    bytes: 180e9,
    gigabytesPerSecond: 8000,
    teraflops: 2250,
    capability: '10.0',
    source:
      'NVIDIA DGX B200 data sheet: an eighth of its memory and bandwidth, and of a quarter of its sparse rate of 8 bits',
  },
];
