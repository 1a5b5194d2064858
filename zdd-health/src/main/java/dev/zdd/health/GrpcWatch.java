package dev.zdd.health;

import dev.zdd.core.LongLived;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.stub.ServerCallStreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * One {@code Watch}: sends the latest status when the transport has nothing of this call left to
 * write. What a client does not read is so one message of a few bytes, however long it does not.
 */
final class GrpcWatch {
  private final ServerCallStreamObserver<HealthCheckResponse> call;

  // All guarded by this: a call may be written to by one thread at a time, and the thread of the
  // watchers, the call's and the shutdown's come here. Nothing below waits.
  private @Nullable ServingStatus latest;
  private @Nullable ServingStatus sent;
  private boolean over;
  private Watchers.@Nullable Watch watch;
  private LongLived.@Nullable Registration registration;

  GrpcWatch(ServerCallStreamObserver<HealthCheckResponse> call) {
    this.call = call;
  }

  /** To be called while the call begins, once. */
  synchronized void begin(Watchers watchers, ServiceSight service, LongLived longLived) {
    // Not ready with the first byte that waits. The default of 32 KiB is thousands of these.
    call.setOnReadyThreshold(1);
    call.setOnReadyHandler(this::send);
    call.setOnCancelHandler(this::end);
    registration = longLived.open(this::sayGoodbye);
    if (!over) { // If the process has said its goodbyes, this one was said just now.
      watch = watchers.watch(service, this::changed);
    }
  }

  private synchronized void changed(ServingStatus status) {
    latest = status;
    send();
  }

  private synchronized void send() {
    if (over || latest == null || latest == sent || !call.isReady()) {
      return;
    }
    sent = latest;
    try {
      call.onNext(HealthCheckResponse.newBuilder().setStatus(latest).build());
    } catch (RuntimeException | Error e) {
      close(Status.INTERNAL.withCause(e));
      throw e;
    }
  }

  private synchronized void sayGoodbye() {
    if (!over) {
      close(Status.UNAVAILABLE.withDescription("this instance is going"));
    }
  }

  private synchronized void close(Status status) {
    end();
    call.onError(status.asRuntimeException());
  }

  private synchronized void end() {
    over = true;
    if (watch != null) {
      watch.close();
    }
    if (registration != null) {
      registration.close();
    }
  }
}
