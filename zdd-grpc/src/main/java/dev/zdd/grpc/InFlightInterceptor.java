package dev.zdd.grpc;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.LongLived;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Counts each call as in flight from its start until the transport has written its status, or the
 * client has gone. Add it to the server so that it is called first, which is to say last:
 *
 * <pre>{@code
 * builder.addService(orders).intercept(InFlightInterceptor.of(lifecycle)).build();
 * }</pre>
 *
 * <p>Calls are served normally while the process drains. Only when the gate has closed, after the
 * listener and the last call, is a call refused: {@code UNAVAILABLE}, which a client may retry. The
 * services {@code grpc.health.v1.Health} and {@code grpc.reflection.*} are neither counted nor
 * refused.
 *
 * <p>A streaming call without an end of its own would keep the drain waiting. Name its method to
 * {@link #withLongLived}, and it is ended with {@code UNAVAILABLE} once the listener is closed; its
 * client calls again and finds another instance.
 *
 * <p>Thread-safe.
 */
public final class InFlightInterceptor implements ServerInterceptor {
  private static final String HEALTH = "grpc.health.v1.Health";
  private static final String REFLECTION = "grpc.reflection.";

  private final Lifecycle lifecycle;
  private final InFlight inFlight;
  private final Set<String> longLived;

  private InFlightInterceptor(Lifecycle lifecycle, Set<String> longLived) {
    this.lifecycle = requireNonNull(lifecycle, "lifecycle");
    this.inFlight = lifecycle.inFlight();
    this.longLived = Set.copyOf(longLived);
  }

  /** An interceptor that counts for the process whose lifecycle this is. */
  public static InFlightInterceptor of(Lifecycle lifecycle) {
    return new InFlightInterceptor(lifecycle, Set.of());
  }

  /**
   * An interceptor like this one that also ends the calls of {@code method}, with {@code
   * UNAVAILABLE}, after the listener has closed. What had been sent before is delivered. From then
   * on the call is cancelled to the application ({@code isCancelled}), and what it sends is
   * dropped.
   */
  public InFlightInterceptor withLongLived(MethodDescriptor<?, ?> method) {
    Set<String> more = new HashSet<>(longLived);
    more.add(method.getFullMethodName());
    return new InFlightInterceptor(lifecycle, more);
  }

  @Override
  public <ReqT, RespT> ServerCall.Listener<ReqT> interceptCall(
      ServerCall<ReqT, RespT> call, Metadata headers, ServerCallHandler<ReqT, RespT> next) {
    MethodDescriptor<ReqT, RespT> method = call.getMethodDescriptor();
    if (isExempt(method.getServiceName())) {
      return next.startCall(call, headers);
    }
    long ticket = inFlight.begin("gRPC", method.getFullMethodName());
    if (ticket == InFlight.REFUSED) {
      call.close(Status.UNAVAILABLE.withDescription(EndableCall.GOODBYE), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    boolean started = false;
    LongLived.Registration registration = null;
    try {
      ServerCall<ReqT, RespT> toStart = call;
      if (longLived.contains(method.getFullMethodName())) {
        EndableCall<ReqT, RespT> endable = new EndableCall<>(call);
        registration = lifecycle.longLived().open(endable::sayGoodbye);
        toStart = endable;
      }
      ServerCall.Listener<ReqT> listener = next.startCall(toStart, headers);
      inFlight.detach(ticket); // messages come on other threads
      started = true;
      return new Counted<>(listener, ticket, registration);
    } finally {
      if (!started) {
        end(ticket, registration); // grpc closes the call of a handler that throws
      }
    }
  }

  private static boolean isExempt(@Nullable String service) {
    return service != null && (service.equals(HEALTH) || service.startsWith(REFLECTION));
  }

  private void end(long ticket, LongLived.@Nullable Registration registration) {
    if (registration != null) {
      registration.close();
    }
    inFlight.end(ticket);
  }

  /** grpc calls exactly one of onComplete and onCancel, and nothing after it. */
  private final class Counted<ReqT> extends SimpleForwardingServerCallListener<ReqT> {
    private final long ticket;
    private final LongLived.@Nullable Registration registration;

    Counted(
        ServerCall.Listener<ReqT> listener,
        long ticket,
        LongLived.@Nullable Registration registration) {
      super(listener);
      this.ticket = ticket;
      this.registration = registration;
    }

    @Override
    public void onComplete() {
      try {
        super.onComplete();
      } finally {
        end(ticket, registration);
      }
    }

    @Override
    public void onCancel() {
      try {
        super.onCancel();
      } finally {
        end(ticket, registration);
      }
    }
  }
}
