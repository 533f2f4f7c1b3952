import { Box, Loader } from '@mantine/core';
import type { EChartsType } from 'echarts/core';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useEffect, useRef, useState } from 'react';
import { ProblemError } from '../../lib/api/client.js';
import { Failure } from '../feedback.js';

interface ChartProps {
  option: EChartsOption;
  height: number;
  /** What the chart shows, for those who do not see it. The numbers stand in a table or legend beside it. */
  label: string;
  onSelect?: (dataIndex: number, seriesIndex: number) => void;
}

/** An ECharts canvas that follows its container's width; the library loads with the first chart. */
export function Chart({ option, height, label, onSelect }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<EChartsType>();
  const [error, setError] = useState<Error>();
  const [drawn, setDrawn] = useState(false);

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let disposed = false;
    let created: EChartsType | undefined;
    const observer = new ResizeObserver(() => created?.resize());
    import('./echarts.js').then(
      ({ createChart }) => {
        if (disposed) return;
        created = createChart(element, null, { renderer: 'canvas' });
        created.on('finished', () => setDrawn(true));
        observer.observe(element);
        setChart(created);
      },
      (cause: unknown) => setError(chunkProblem(cause)),
    );
    return () => {
      disposed = true;
      observer.disconnect();
      created?.dispose();
      setChart(undefined);
    };
  }, []);

  useEffect(() => {
    chart?.setOption(option, { notMerge: true, lazyUpdate: true });
  }, [chart, option]);

  useEffect(() => {
    if (!chart || !onSelect) return;
    chart.on('click', (event) => onSelect(event.dataIndex, event.seriesIndex ?? 0));
    return () => void chart.off('click');
  }, [chart, onSelect]);

  if (error) return <Failure error={error} />;
  return (
    <Box pos="relative" h={height} role="img" aria-label={label} aria-busy={!drawn}>
      {chart ? null : <Loader size="sm" pos="absolute" top="45%" left="48%" aria-hidden />}
      <div ref={frame} style={{ height: '100%', width: '100%' }} aria-hidden />
    </Box>
  );
}

function chunkProblem(cause: unknown): Error {
  return new ProblemError(
    {
      title: 'The charts could not be loaded',
      status: 0,
      detail: 'Reload the page; it may be of an older version than the server.',
    },
    { cause },
  );
}
