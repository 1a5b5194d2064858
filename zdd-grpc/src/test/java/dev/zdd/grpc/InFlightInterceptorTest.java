package dev.zdd.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InFlightInterceptorTest {
  private GrpcFixture grpc;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    grpc = new GrpcFixture();
    channel = grpc.connect();
  }

  @AfterEach
  void stop() throws Exception {
    channel.shutdownNow();
    grpc.close();
  }

  private Replies begin(io.grpc.MethodDescriptor<String, String> method) {
    Replies replies = new Replies();
    ClientCall<String, String> call = channel.newCall(method, CallOptions.DEFAULT);
    ClientCalls.asyncServerStreamingCall(call, "x", replies);
    return replies;
  }

  @Test
  void countsACallFromItsStartToItsEndAndNamesIt() throws Exception {
    Replies replies = begin(GrpcFixture.HELD);
    await().until(() -> grpc.lifecycle.inFlight().count() == 1);
    assertThat(grpc.lifecycle.inFlight().work().get(0).method()).isEqualTo("gRPC");
    assertThat(grpc.lifecycle.inFlight().work().get(0).target()).isEqualTo("shop/Held");

    grpc.release.countDown();

    assertThat(replies.end.get(30, TimeUnit.SECONDS).isOk()).isTrue();
    await().until(() -> grpc.lifecycle.inFlight().count() == 0);
  }

  @Test
  void doesNotLeakTheCountOfACallThatIsCancelled() {
    ClientCall<String, String> call = channel.newCall(GrpcFixture.WATCH, CallOptions.DEFAULT);
    ClientCalls.asyncServerStreamingCall(call, "x", new Replies());
    await().until(() -> grpc.lifecycle.inFlight().count() == 1);
    assertThat(grpc.lifecycle.longLived().count()).isEqualTo(1);
    call.cancel("on purpose", null);
    await().until(() -> grpc.lifecycle.inFlight().count() == 0);
    assertThat(grpc.lifecycle.longLived().count()).isZero();
  }

  @Test
  void doesNotLeakTheCountOfACallWhoseHandlerThrows() {
    assertThatThrownBy(() -> GrpcFixture.call(channel, GrpcFixture.FAILS, "x"))
        .isInstanceOf(StatusRuntimeException.class);
    await().until(() -> grpc.lifecycle.inFlight().count() == 0);
    assertThat(grpc.lifecycle.inFlight().begun()).isEqualTo(1);
  }

  @Test
  void refusesWithUnavailableOnceTheGateHasClosedButAnswersHealth() {
    grpc.lifecycle.drain("test");
    grpc.lifecycle.inFlight().close();

    assertThatThrownBy(() -> GrpcFixture.call(channel, GrpcFixture.ECHO, "x"))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessage("UNAVAILABLE: this instance is shutting down; another one can answer");
    assertThat(grpc.calls).hasValue(0);
    assertThat(GrpcFixture.call(channel, GrpcFixture.CHECK, "up?")).isEqualTo("up?");
    assertThat(grpc.lifecycle.inFlight().refused()).isEqualTo(1);
  }

  @Test
  void doesNotCountHealth() {
    assertThat(GrpcFixture.call(channel, GrpcFixture.CHECK, "up?")).isEqualTo("up?");
    assertThat(grpc.lifecycle.inFlight().begun()).isZero();
  }

  @Test
  void endsALongLivedCallWhenToldAndDropsWhatItSendsAfterwards() throws Exception {
    Replies replies = begin(GrpcFixture.WATCH);
    await().until(() -> grpc.watcher != null);
    await().until(() -> grpc.lifecycle.longLived().count() == 1);

    grpc.lifecycle.longLived().leave().forEach(Runnable::run);
    assertThat(grpc.watcher.isCancelled()).isTrue();
    grpc.watcher.onNext("too late"); // an application that does not look

    Status end = replies.end.get(30, TimeUnit.SECONDS);
    assertThat(end.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(replies.messages).containsExactly("watching");
    await().until(() -> grpc.lifecycle.inFlight().count() == 0);
    assertThat(grpc.lifecycle.longLived().count()).isZero();
  }

  /** The goodbyes have been said when it is opened: it is told at once. */
  @Test
  void endsALongLivedCallThatComesAfterTheGoodbyes() throws Exception {
    grpc.lifecycle.longLived().leave();
    Replies replies = begin(GrpcFixture.WATCH);
    assertThat(replies.end.get(30, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    await().until(() -> grpc.lifecycle.inFlight().count() == 0);
  }
}
