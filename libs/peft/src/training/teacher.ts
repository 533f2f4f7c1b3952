/** @file A second base model with a finished adapter, which a trial learns from and never changes. */
import { createHash } from 'node:crypto';
import type * as tfjs from '@tensorflow/tfjs-core';
import { Matrix } from 'ml-matrix';
import type { TaskData } from '../data/task-data.js';
import type { Method } from '../method.js';
import type { LoadedBase } from '../models/base.js';
import { inDtype } from '../models/config.js';
import type { Batch } from '../objectives/data.js';
import { tf } from '../tensor/tf.js';
import { adapterPlan, readAdapter } from './adapter.js';
import { restore } from './evaluate.js';
import { headOf, objectiveOf } from './loss.js';
import type { PlanOptions } from './plan-options.js';
import { unsuitable } from './refusals/method.js';

export interface Teacher {
  /** Loaded for this purpose: not the model that is trained. */
  model: LoadedBase;
  /** That the adapter was trained by. */
  method: Method;
  adapter: Uint8Array;
}

/** A teacher whose tensors are on the device. */
export interface OpenTeacher {
  /** Base, adapter and head. */
  tensors(): tfjs.Tensor[];
  /** Logits of the rows that an objective's `logits` gives of the batch. */
  logits(batch: Batch, rows: number): Promise<Matrix>;
  dispose(): void;
}

/** The facts of a teacher that a prediction needs. */
export function teacherPlan({ model, method, adapter }: Teacher): PlanOptions {
  const { info } = readAdapter(adapter);
  return { model: inDtype(model.config, info.baseDtype), method, ...adapterPlan(info) };
}

/** The part of a trial's identity that is its teacher's. */
export const teacherIdentity = (teacher: Teacher | undefined): { teacher?: string } =>
  teacher ? { teacher: createHash('sha256').update(teacher.adapter).digest('hex') } : {};

/** @throws Error naming what of the teacher does not fit the model or the data */
export function openTeacher(teacher: Teacher, student: LoadedBase, data: TaskData): OpenTeacher {
  const reason = unsuitable(teacherPlan(teacher), { model: student.config, ...headOf(data) });
  if (reason !== undefined) throw new Error(reason);
  const { model, method, adapter } = teacher;
  const trial = restore(model, method, adapter, { answers: data });
  const access = trial.access();
  const objective = objectiveOf(data.objective);
  return {
    tensors: () => [...trial.plan.base, ...trial.plan.adapters].map(({ path }) => access.tensor(path)),
    logits: (batch, rows) => toMatrix(tf.tidy(() => objective.logits(model.config, batch, access, rows))),
    dispose: () => trial.dispose(),
  };
}

/** A tensor's values in float64; the tensor is disposed. */
export async function toMatrix(tensor: tfjs.Tensor2D): Promise<Matrix> {
  const [rows, columns] = tensor.shape;
  const values = await tensor.data();
  tensor.dispose();
  return Matrix.from1DArray(rows, columns, Array.from(values));
}
