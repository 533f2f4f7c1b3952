import { Module } from '@nestjs/common';
import { AdaptersModule } from '../adapters/adapters.module.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { GeneratorsModule } from '../generators/generators.module.js';
import { SchedulingModule } from '../scheduling/scheduling.module.js';
import { SweepCreator } from './create-sweep.js';
import { SweepDependencyReader } from './dependencies.js';
import { SweepExtender } from './extend-sweep.js';
import { TiedExtender } from './extend-tied.js';
import { SweepLabels } from './label-sweep.js';
import { LengthReader } from './length-reader.js';
import { RemovalKeeper } from './removal-keeper.js';
import { SweepRemover } from './remove-sweep.js';
import { SweepSteering } from './steer-sweep.js';
import { SweepRetention } from './sweep-retention.js';
import { SweepsController } from './sweeps.controller.js';
import { SweepsService } from './sweeps.service.js';

@Module({
  imports: [AdaptersModule, CatalogModule, GeneratorsModule, SchedulingModule],
  controllers: [SweepsController],
  providers: [
    SweepDependencyReader,
    LengthReader,
    SweepsService,
    SweepCreator,
    SweepSteering,
    SweepLabels,
    SweepExtender,
    TiedExtender,
    RemovalKeeper,
    SweepRemover,
    SweepRetention,
  ],
})
export class SweepsModule {}
