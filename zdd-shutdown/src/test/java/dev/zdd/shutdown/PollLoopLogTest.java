package dev.zdd.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import dev.zdd.testing.CapturedLog;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** An outage of the broker is one state in the log. */
@Timeout(30)
@Isolated
class PollLoopLogTest {
  private final ScriptedSource source = new ScriptedSource();
  private final CapturedLog log = new CapturedLog();

  @AfterEach
  void letTheLogGo() {
    log.close();
  }

  private PollLoop<String> start() {
    return PollLoop.start(new Lifecycle(), "orders", source, message -> {});
  }

  private void end(PollLoop<String> loop) throws Exception {
    loop.announce();
    await().until(() -> loop.open() == 0);
    loop.close();
  }

  @Test
  void saysOnceThatPollingFailsAndOnceThatItWorksAgain() throws Exception {
    for (int i = 0; i < 3; i++) {
      source.fails(new IllegalStateException("broker is away"));
    }
    source.has("a");
    source.has("b");
    PollLoop<String> loop = start();
    await().until(() -> source.committed.size() == 2);
    end(loop);

    assertThat(log.linesWith("orders: polling failed")).hasSize(1);
    assertThat(log.linesWith("orders: polling works again")).hasSize(1);
  }

  @Test
  void doesNotCallItAFailureThatAPollWasWokenUp() throws Exception {
    CountDownLatch woken = new CountDownLatch(1);
    source.polls.add(() -> {
      woken.await();
      throw new IllegalStateException("wakeup");
    });
    PollLoop<String> loop = start();
    source.inPoll.acquire();
    loop.announce();
    woken.countDown();
    end(loop);

    assertThat(log.linesWith("polling failed")).isEmpty();
  }

  @Test
  void doesNotCallItAFailureThatTheWakeupHitTheCommit() throws Exception {
    CountDownLatch announced = new CountDownLatch(1);
    source.polls.add(() -> {
      announced.await();
      source.commitFailures = 1;
      return List.of("a");
    });
    PollLoop<String> loop = start();
    source.inPoll.acquire();
    loop.announce();
    announced.countDown();
    end(loop);

    assertThat(source.commits).hasValue(2);
    assertThat(log.linesWith("commit failed")).isEmpty();
  }

  @Test
  void saysHowManyAreGivenBackWithTheOneThatFailed() throws Exception {
    source.has("a", "bad", "c", "d", "e");
    PollLoop<String> loop =
        PollLoop.start(
            new Lifecycle(),
            "orders",
            source,
            message -> {
              if (message.equals("bad")) {
                throw new IllegalStateException("on purpose");
              }
            });
    await().until(() -> source.givenBack.size() == 4);
    end(loop);

    assertThat(log.linesWith("orders: a message failed; it and 3 more are given back")).hasSize(1);
  }
}
