import fastifyOtel from '@fastify/otel'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import type { FastifyInstance } from 'fastify'
import { pathOf } from './plugins/problems.ts'
import type { StoreObserver } from './store/observe-store.ts'

export type Tracing = {
  /** Makes every request of `app` a span; before any route is added. */
  readonly traceRequests: (app: FastifyInstance) => Promise<void>
  /** Makes an operation of the store a span beneath its request. */
  readonly observeStore: StoreObserver
  /** Sends what is left. */
  readonly stop: () => Promise<void>
}

/**
 * OpenTelemetry traces to the collector that the standard `OTEL_EXPORTER_OTLP_…` variables name; the exporter reads
 * them itself. Loaded only where they are set.
 */
export function startTracing(version: string): Tracing {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'llmbench-ingest', 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  })
  provider.register()
  const instrumentation = new fastifyOtel.FastifyOtelInstrumentation({
    instrumentHooks: false,
    // The library's default includes the query.
    requestHook: (span, request) => void span.setAttribute('url.path', pathOf(request)),
  })
  instrumentation.setTracerProvider(provider)
  const tracer = provider.getTracer('llmbench-ingest', version)
  return {
    traceRequests: async (app) => {
      await app.register(instrumentation.plugin())
    },
    observeStore: (operation, work) =>
      tracer.startActiveSpan(`store ${operation}`, async (span) => {
        try {
          return await work()
        } catch (error) {
          span.recordException(error instanceof Error ? error : String(error))
          throw error
        } finally {
          span.end()
        }
      }),
    stop: () => provider.shutdown(),
  }
}
