package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/**
 * A {@link Health} as gRPC's own health service, {@code grpc.health.v1.Health}: for Kubernetes'
 * {@code grpc:} probes, for gRPC clients that check health, for proxies.
 *
 * <pre>{@code
 * builder.addService(orders).addService(GrpcHealth.of(health)).build();
 * }</pre>
 *
 * <p>The names of services: {@code ""} (the whole server) and {@code readiness} are readiness,
 * {@code liveness} and {@code startup} the other two; then each {@linkplain Health.Builder#group
 * group}, and each readiness check where {@linkplain Health.Builder#details details} are not {@link
 * Details#NOTHING}. That rule is asked once for a call that names no probe, its metadata being the
 * headers. UP and DEGRADED are SERVING, all else is NOT_SERVING. A readiness check by its name is
 * also NOT_SERVING while the lifecycle is not READY, as groups are: who asks wants to send
 * something.
 *
 * <p>What is answered, and what to an unknown name, is as <a
 * href="https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto">health.proto</a>
 * has it. {@code Check} reads what the schedule last found, at that moment. {@code Watch} is told
 * the status and then each change; from DRAINING on readiness and all below it stay NOT_SERVING,
 * and liveness stays what it is. A watcher that does not read is owed the latest status only. What
 * time alone changes is told within a second. When the shutdown has closed the listener, each watch
 * is ended with {@code UNAVAILABLE}, so that it does not keep its connection open.
 *
 * <p>It is not made of grpc's {@code HealthStatusManager}, which holds what was pushed to it last:
 * a {@code Check} there cannot notice that a result is too old or that a drain has just begun, and
 * a {@code Watch} that is not read is buffered without bound.
 *
 * <p>Thread-safe. Needs grpc-services (and grpc-protobuf), which zdd-health does not bring.
 */
@SuppressWarnings("exports") // Who has no grpc must be able to compile against this module.
public final class GrpcHealth implements BindableService {
  private static final Context.Key<GrpcRequest> REQUEST = Context.key("zdd-health-request");

  private final Health health;

  private GrpcHealth(Health health) {
    this.health = requireNonNull(health, "health");
  }

  /** A service that answers for {@code health}; to be added to any number of servers. */
  public static GrpcHealth of(Health health) {
    return new GrpcHealth(health);
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerInterceptors.intercept(HealthGrpc.bindService(new Service()), new Noting());
  }

  /** Keeps what the call came with, which the generated code does not hand on. */
  private static final class Noting implements ServerInterceptor {
    @Override
    public <A, B> ServerCall.Listener<A> interceptCall(
        ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
      Context context = Context.current().withValue(REQUEST, GrpcRequest.of(call, headers));
      return Contexts.interceptCall(context, call, headers, next);
    }
  }

  /** A method that a newer protocol adds is UNIMPLEMENTED, as its clients expect. */
  private final class Service implements HealthGrpc.AsyncService {
    @Override
    public void check(HealthCheckRequest asked, StreamObserver<HealthCheckResponse> response) {
      GrpcRequest request = REQUEST.get();
      ServiceSight service = sight(request, asked.getService());
      ServingStatus status = service.now();
      if (status == ServingStatus.SERVICE_UNKNOWN) {
        response.onError(Status.NOT_FOUND.withDescription("unknown service").asRuntimeException());
        return;
      }
      if (service.probe() == Probe.READINESS) {
        boolean ready = status == ServingStatus.SERVING;
        health
            .lifecycle()
            .probers()
            .answered(request.remoteAddress(), request.header("User-Agent"), request.path(), ready);
      }
      response.onNext(HealthCheckResponse.newBuilder().setStatus(status).build());
      response.onCompleted();
    }

    @Override
    public void watch(HealthCheckRequest asked, StreamObserver<HealthCheckResponse> response) {
      ServiceSight service = sight(REQUEST.get(), asked.getService());
      new GrpcWatch((ServerCallStreamObserver<HealthCheckResponse>) response)
          .begin(health.watchers(), service, health.lifecycle().longLived());
    }

    private ServiceSight sight(GrpcRequest request, String name) {
      ServiceSight service = ServiceSight.of(health, name);
      boolean checksShown =
          service.probe() == null && health.audience().of(request) != Details.NOTHING;
      return checksShown ? service.withChecks() : service;
    }
  }
}
