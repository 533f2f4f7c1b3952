import { Module } from '@nestjs/common';
import { DiagnosisController } from './diagnosis.controller.js';

@Module({ controllers: [DiagnosisController] })
export class DiagnosisModule {}
