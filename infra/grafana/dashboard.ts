/** @file The dashboard of a running platform. `npm run infra:dashboard` writes rankforge.generated.json from it. */
import {
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** A query and the legend of its series. */
type Query = readonly [expression: string, legend: string];

/** Grafana's grid is 24 wide. */
const statWidth = 4;
const panelWidth = 12;

const prometheus = { type: 'prometheus', uid: '$datasource' };

function targets(queries: readonly Query[]): DataqueryBuilder[] {
  return queries.map(([expression, legend]) =>
    new DataqueryBuilder().datasource(prometheus).expr(expression).legendFormat(legend),
  );
}

function stat(title: string, unit: string, expression: string): StatBuilder {
  return new StatBuilder()
    .title(title)
    .datasource(prometheus)
    .unit(unit)
    .span(statWidth)
    .height(4)
    .noValue('0')
    .targets(targets([[expression, '']]));
}

function lines(title: string, description: string, unit: string, ...queries: Query[]): TimeseriesBuilder {
  return new TimeseriesBuilder()
    .title(title)
    .description(description)
    .datasource(prometheus)
    .unit(unit)
    .min(0)
    .span(panelWidth)
    .height(8)
    .legend(new VizLegendOptionsBuilder().showLegend(true))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .targets(targets(queries));
}

function stacked(...parameters: Parameters<typeof lines>): TimeseriesBuilder {
  return lines(...parameters)
    .fillOpacity(40)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
}

export function dashboard(): Dashboard {
  return new DashboardBuilder('Rankforge')
    .uid('rankforge')
    .description('Sweeps, trials, queues, workers and the API. Its series are described in docs/metrics.md.')
    .tags(['rankforge'])
    .readonly()
    .refresh('30s')
    .time({ from: 'now-3h', to: 'now' })
    .timezone('browser')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))

    .withRow(new RowBuilder('Now'))
    .withPanel(stat('Sweeps that run', 'short', 'max(rankforge_sweeps{state="RUNNING"})'))
    .withPanel(stat('Trials that wait', 'short', 'sum(engine:rankforge_queued_trials:sum)'))
    .withPanel(stat('Trials that run', 'short', 'sum(state:rankforge_trials:sum{state="RUNNING"})'))
    .withPanel(stat('Live workers', 'short', 'max(rankforge_workers{state="live"})'))
    .withPanel(stat('Slots', 'short', 'max(rankforge_worker_slots)'))
    .withPanel(stat('Requests that fail', 'percentunit', 'rankforge:http_errors:ratio_rate5m'))

    .withRow(new RowBuilder('Queues and trials'))
    .withPanel(
      stacked('Trials that wait', 'By engine and memory class; workers scale on it.', 'short', [
        'max by (engine, memory_class_mib) (rankforge_queue_depth)',
        '{{engine}} {{memory_class_mib}} MiB',
      ]),
    )
    .withPanel(
      stacked('Trials by state', 'All trials of all sweeps.', 'short', ['state:rankforge_trials:sum', '{{state}}']),
    )
    .withPanel(
      stacked('Attempts that end', 'Per second, by outcome.', 'ops', [
        'outcome:rankforge_attempts:rate5m',
        '{{outcome}}',
      ]),
    )
    .withPanel(
      lines(
        'On the way to the queues',
        'Wake-ups in the outbox should fall to 0 within a second; those in Redis are lost without harm.',
        'short',
        ['max(rankforge_outbox_rows)', 'outbox'],
        ['sum(max by (engine, memory_class_mib) (rankforge_queue_wakeups))', 'Redis'],
      ),
    )

    .withRow(new RowBuilder('Training'))
    .withPanel(
      lines('Step time', 'Median of the trainings that ended in the last hour, by method.', 's', [
        'max by (method, engine) (rankforge_step_seconds{quantile="0.5"})',
        '{{method}} on {{engine}}',
      ]),
    )
    .withPanel(
      lines('Steps', 'Optimizer steps per second, by worker.', 'ops', [
        'sum by (instance) (rate(rankforge_worker_steps_total[$__rate_interval]))',
        '{{instance}}',
      ]),
    )
    .withPanel(
      lines(
        'Time of an attempt',
        'From claim to outcome.',
        's',
        [
          'histogram_quantile(0.5, sum by (le) (rate(rankforge_worker_attempt_seconds_bucket[$__rate_interval])))',
          'median',
        ],
        [
          'histogram_quantile(0.95, sum by (le) (rate(rankforge_worker_attempt_seconds_bucket[$__rate_interval])))',
          '95 %',
        ],
      ),
    )
    .withPanel(lines('Metric values written', 'Rows per second.', 'wps', ['rankforge:metric_rows:rate5m', 'rows']))

    .withRow(new RowBuilder('Workers and devices'))
    .withPanel(
      stacked('Workers', 'Heard of in the last day.', 'short', ['max by (state) (rankforge_workers)', '{{state}}']),
    )
    .withPanel(
      lines(
        'Slots',
        'Trials that run, and how many could.',
        'short',
        ['sum(rankforge_worker_running_trials)', 'taken'],
        ['max(rankforge_worker_slots)', 'all'],
      ),
    )
    .withPanel(
      lines(
        'Device memory',
        'Reserved by running trials, of what trials may take together.',
        'bytes',
        ['max by (worker, device) (rankforge_device_reserved_bytes)', '{{worker}} {{device}} reserved'],
        ['max by (worker, device) (rankforge_device_capacity_bytes)', '{{worker}} {{device}} capacity'],
      ),
    )
    .withPanel(
      lines(
        'Losses',
        'In the last 15 minutes.',
        'short',
        ['max(increase(rankforge_lease_losses_total[15m]))', 'leases that ran out'],
        ['sum(increase(rankforge_worker_trainer_deaths_total[15m]))', 'training processes that died'],
      ),
    )

    .withRow(new RowBuilder('API'))
    .withPanel(
      stacked('Requests', 'Per second, by status.', 'reqps', [
        'sum by (status) (rate(rankforge_http_request_duration_seconds_count[$__rate_interval]))',
        '{{status}}',
      ]),
    )
    .withPanel(
      lines('Time to answer', 'Of 99 requests in a hundred, by route.', 's', [
        'route:rankforge_http_request_duration_seconds:p99_5m',
        '{{route}}',
      ]),
    )
    .withPanel(
      lines('Clients that follow events', 'Open streams, by replica.', 'short', [
        'sum by (instance) (rankforge_event_stream_clients)',
        '{{instance}}',
      ]),
    )
    .withPanel(
      lines('Event loop lag', 'Of 99 ticks in a hundred, by replica.', 's', [
        'max by (instance) (rankforge_nodejs_eventloop_lag_p99_seconds)',
        '{{instance}}',
      ]),
    )
    .build();
}
