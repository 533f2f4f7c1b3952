import { Module } from '@nestjs/common';
import { Dispatcher } from './dispatcher.js';
import { Planner } from './planner.js';
import { Reconciler } from './reconciler.js';

@Module({ providers: [Dispatcher, Planner, Reconciler], exports: [Planner] })
export class SchedulingModule {}
