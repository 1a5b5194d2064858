package dev.zdd.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;

/**
 * A call that the drain may end beside the application. A {@link ServerCall} is not thread-safe and
 * throws at what is sent after its end, so both go through one lock here, and whoever comes after
 * the end does nothing.
 */
final class EndableCall<ReqT, RespT> extends SimpleForwardingServerCall<ReqT, RespT> {
  /** What a client is told whose call was refused, or ended, because the process leaves. */
  static final String GOODBYE = "this instance is shutting down; another one can answer";

  // Guards the calls to the delegate that write, and both fields.
  private final Object lock = new Object();
  private boolean closed;
  private volatile boolean leaving;

  EndableCall(ServerCall<ReqT, RespT> call) {
    super(call);
  }

  void sayGoodbye() {
    synchronized (lock) {
      leaving = true;
      closeOnce(Status.UNAVAILABLE.withDescription(GOODBYE), new Metadata());
    }
  }

  private void closeOnce(Status status, Metadata trailers) {
    if (!closed) {
      closed = true;
      super.close(status, trailers);
    }
  }

  @Override
  public void sendHeaders(Metadata headers) {
    synchronized (lock) {
      if (!leaving) {
        super.sendHeaders(headers);
      }
    }
  }

  @Override
  public void sendMessage(RespT message) {
    synchronized (lock) {
      if (!leaving) {
        super.sendMessage(message);
      }
    }
  }

  @Override
  public void close(Status status, Metadata trailers) {
    synchronized (lock) {
      if (!leaving) {
        closed = true;
        super.close(status, trailers); // a second one is grpc's to complain of
      }
    }
  }

  @Override
  public boolean isCancelled() {
    return leaving || super.isCancelled();
  }

  @Override
  public boolean isReady() {
    return !leaving && super.isReady();
  }
}
