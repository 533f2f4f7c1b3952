/** @file A folder of images, one folder per class; as it is, or in an archive. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import jpeg from 'jpeg-js';
import { DatasetError } from '../dataset-error.js';
import { limits, type Source } from '../source.js';
import { type Folder, openFolder } from './folder.js';
import { decodePng } from './png.js';

export interface LabelledImage {
  /** `class/file` */
  where: string;
  label: string;
  height: number;
  width: number;
  /** `[height, width, channels]`, 0 … 255. */
  pixels: Uint8Array;
}

/** Samples of a decoded image: `channels` of them for each pixel. */
interface Raster {
  width: number;
  height: number;
  channels: number;
  data: ArrayLike<number>;
  /** The largest value of a sample. */
  white: number;
}

/** Names of the classes: the folders in the folder. */
export async function classFolders(source: Source): Promise<string[]> {
  const { folder, close } = await openFolder(source);
  try {
    return await classesIn(folder);
  } finally {
    await close();
  }
}

/**
 * Images of every class, in the order of their names. All have one size.
 * @throws DatasetError naming the file
 */
export async function* readImages(
  source: Source,
  channels: 1 | 3,
  bounds: Bounds = limits,
): AsyncGenerator<LabelledImage> {
  const { folder, close } = await openFolder(source);
  try {
    yield* imagesIn(folder, channels, bounds);
  } finally {
    await close();
  }
}

type Bounds = { [name in 'imageSamples']: number };

async function classesIn({ path, name, field }: Folder): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  if (folders.length > 0) return folders.sort();
  throw new DatasetError(name, undefined, field, 'holds no folder; expected one folder per class');
}

async function* imagesIn(folder: Folder, channels: 1 | 3, bounds: Bounds): AsyncGenerator<LabelledImage> {
  const refused = (where: string, problem: string, cause?: unknown) =>
    new DatasetError(folder.name, where, folder.field, problem, { cause });
  let first: LabelledImage | undefined;
  let samples = 0;
  for (const label of await classesIn(folder)) {
    const entries = await readdir(join(folder.path, label), { withFileTypes: true });
    if (entries.length === 0) throw refused(label, 'the class is empty; put images into the folder or remove it');
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const where = `${label}/${entry.name}`;
      if (!entry.isFile()) throw refused(where, 'not a plain file');
      const raster = decodeImage(await readFile(join(folder.path, label, entry.name)), (problem, cause) =>
        refused(where, problem, cause),
      );
      const { height, width } = raster;
      first ??= { where, label, height, width, pixels: new Uint8Array() };
      if (height !== first.height || width !== first.width) {
        const other = `${first.where} is ${first.width} × ${first.height}`;
        throw refused(where, `is ${width} × ${height}, while ${other}; all must be of one size`);
      }
      samples += height * width * channels;
      if (samples > bounds.imageSamples) {
        const most = Math.floor(bounds.imageSamples / (height * width * channels));
        throw refused(
          where,
          `is one image too many: of ${width} × ${height} with ${channels} channels at most ${most} are read`,
        );
      }
      yield { where, label, height, width, pixels: inChannels(raster, channels) };
    }
  }
}

function decodeImage(bytes: Buffer, refused: (problem: string, cause?: unknown) => DatasetError): Raster {
  const isPng = bytes.subarray(1, 4).toString('latin1') === 'PNG';
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  if (!isPng && !isJpeg) throw refused('neither PNG nor JPEG');
  try {
    return isPng ? fromPng(bytes) : fromJpeg(bytes);
  } catch (cause) {
    throw refused(`cannot be read: ${(cause as Error).message}`, cause);
  }
}

function fromPng(bytes: Buffer): Raster {
  const { width, height, channels, depth, data, palette } = decodePng(bytes);
  if (palette === undefined) return { width, height, channels, data, white: 2 ** depth - 1 };
  return {
    width,
    height,
    channels: 3,
    white: 255,
    data: Array.from(data, (index) => colourAt(palette, index)).flat(),
  };
}

function colourAt(palette: readonly number[][], index: number): number[] {
  const colour = palette[index];
  if (colour) return colour.slice(0, 3);
  throw new Error(`a pixel has colour ${index}, while its palette has colours 0 to ${palette.length - 1}`);
}

function fromJpeg(bytes: Buffer): Raster {
  const { width, height, data } = jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: true,
    maxResolutionInMP: limits.pixels / 1e6,
    maxMemoryUsageInMB: 256,
  });
  return { width, height, channels: 4, data, white: 255 };
}

/** Grey is by the luma of ITU-R BT.601. Transparency is left out. */
function inChannels({ width, height, channels, data, white }: Raster, wanted: 1 | 3): Uint8Array {
  const colours = channels < 3 ? 1 : 3;
  const result = new Uint8Array(width * height * wanted);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const at = (channel: number) => (data[pixel * channels + (colours === 1 ? 0 : channel)]! * 255) / white;
    if (wanted === 1) result[pixel] = Math.round(0.299 * at(0) + 0.587 * at(1) + 0.114 * at(2));
    else for (let channel = 0; channel < 3; channel++) result[pixel * 3 + channel] = Math.round(at(channel));
  }
  return result;
}
