import { Box, Button, Group, Loader } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { EChartsType } from 'echarts/core';
import type { EChartsOption } from 'echarts/types/dist/shared';
import { useEffect, useRef, useState } from 'react';
import { ProblemError } from '../../lib/api/client.js';
import { saveFile } from '../../lib/save-file.js';
import { Failure } from '../feedback.js';
import type { LegendEntry } from './series-legend.js';
import { fontFamily, useChartLook } from './use-chart-look.js';

interface ChartProps {
  option: EChartsOption;
  height: number;
  /** What the chart shows, for those who do not see it. The numbers stand in a table or legend beside it. */
  label: string;
  onSelect?: (dataIndex: number, seriesIndex: number) => void;
  /** Name of the file, without its ending, as which it may be saved. Omitted: it may not. */
  file?: string;
  /** Names of the series, where they stand outside the chart: a file has them inside. */
  legend?: readonly LegendEntry[];
}

/** An ECharts canvas that follows its container's width; the library loads with the first chart. */
export function Chart({ option, height, label, onSelect, file, legend }: ChartProps) {
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
    <>
      <Box pos="relative" h={height} role="img" aria-label={label} aria-busy={!drawn}>
        {chart ? null : <Loader size="sm" pos="absolute" top="45%" left="48%" aria-hidden />}
        <div ref={frame} style={{ height: '100%', width: '100%' }} aria-hidden />
      </Box>
      {file === undefined || !chart ? null : (
        <SaveChart
          option={option}
          name={`${file}.svg`}
          legend={legend}
          sizeOf={() => ({ width: chart.getWidth(), height })}
        />
      )}
    </>
  );
}

interface SaveChartProps {
  option: EChartsOption;
  name: string;
  legend: readonly LegendEntry[] | undefined;
  /** Asked when it is saved: it follows the window. */
  sizeOf: () => { width: number; height: number };
}

/** Saves the picture as it stands, in colours and size, on its own ground, with lines and letters instead of pixels. */
function SaveChart({ option, name, legend, sizeOf }: SaveChartProps) {
  const { surface, text } = useChartLook();
  const saving = useMutation({
    mutationFn: async () => {
      const { svgOf } = await import('./echarts-svg.js').catch((cause: unknown) => Promise.reject(chunkProblem(cause)));
      const key = legend && { entries: legend, color: text, fontFamily };
      const svg = svgOf({ ...option, backgroundColor: surface }, sizeOf(), key);
      saveFile({ blob: new Blob([svg], { type: 'image/svg+xml' }), name });
    },
  });
  return (
    <>
      <Group justify="flex-end">
        <Button
          variant="subtle"
          size="compact-xs"
          leftSection={<IconDownload size={14} aria-hidden />}
          aria-label={`Save the chart as ${name}`}
          loading={saving.isPending}
          onClick={() => saving.mutate()}
        >
          SVG
        </Button>
      </Group>
      {saving.error ? <Failure error={saving.error} /> : null}
    </>
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
