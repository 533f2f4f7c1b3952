/** @file The parts of ECharts that are used, in a chunk of their own. */
import { CustomChart, GraphChart, LineChart, ParallelChart, ScatterChart } from 'echarts/charts';
import {
  AriaComponent,
  DataZoomInsideComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  ParallelComponent,
  TooltipComponent,
} from 'echarts/components';
import * as core from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

core.use([
  LineChart,
  ParallelChart,
  ScatterChart,
  CustomChart,
  GraphChart,
  GridComponent,
  ParallelComponent,
  TooltipComponent,
  MarkAreaComponent,
  MarkLineComponent,
  DataZoomInsideComponent,
  AriaComponent,
  CanvasRenderer,
]);

export const createChart = core.init;
