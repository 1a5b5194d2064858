package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

class CheckThreadTest {
  private final CountDownLatch release = new CountDownLatch(1);
  private final List<Held> held = new ArrayList<>();

  @AfterEach
  void release() {
    release.countDown();
  }

  @Test
  void aRunThatIsInterruptedBeforeItBeginsFindsItselfInterrupted() {
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    CheckThread run =
        new CheckThread("run", null, () -> interrupted.complete(Thread.interrupted()));
    run.interrupt();
    run.start();
    assertThat(interrupted.orTimeout(15, TimeUnit.SECONDS).join()).isTrue();
  }

  @Test
  void hasTheNameAndTheClassLoaderOfItsCheckAndShowsWhereItIs() throws Exception {
    try (URLClassLoader loader = new URLClassLoader(new URL[0])) {
      Held run = new Held("zdd-health db", loader);
      Thread thread = run.started.orTimeout(15, TimeUnit.SECONDS).join();
      assertThat(thread.getName()).isEqualTo("zdd-health db");
      assertThat(thread.getContextClassLoader()).isSameAs(loader);
      assertThat(run.thread.stack()).contains("CheckThreadTest");
      assertThat(run.thread.isCurrent()).isFalse();
      assertThat(run.thread.isOver()).isFalse();
      run.thread.interrupt();
      await().until(run.thread::isOver);
      assertThat(run.thread.stack()).contains("is over");
      await().until(() -> thread.getName().equals("zdd-health idle"));
    }
  }

  @Test
  void aThreadThatDiesOfItsRunIsNoLongerCalledAfterIt() {
    CompletableFuture<Thread> died = new CompletableFuture<>();
    CheckThread run =
        new CheckThread(
            "zdd-health db",
            null,
            () -> {
              Thread current = Thread.currentThread();
              current.setUncaughtExceptionHandler((thread, thrown) -> died.complete(thread));
              throw new IllegalStateException("on purpose");
            });
    run.start();
    Thread thread = died.orTimeout(15, TimeUnit.SECONDS).join();
    assertThat(thread.getName()).isEqualTo("zdd-health idle");
    assertThat(run.isOver()).isTrue();
  }

  @Test
  @EnabledForJreRange(max = JRE.JAVA_20, disabledReason = "each run has a new virtual thread")
  void aThreadThatRunsAnotherCheckIsNotInterruptedForTheLastOne() {
    Held first = new Held("first", null);
    Thread thread = first.started.orTimeout(15, TimeUnit.SECONDS).join();
    first.thread.interrupt();
    await().until(first.thread::isOver);
    await().until(() -> new Held("next", null).started.join() == thread);
    first.thread.interrupt();
    Held next = held.get(held.size() - 1);
    assertThat(thread.isInterrupted()).isFalse();
    assertThat(next.thread.isOver()).isFalse();
  }

  /** A run that waits to be released, or interrupted. */
  private final class Held {
    final CompletableFuture<Thread> started = new CompletableFuture<>();
    final CheckThread thread;

    Held(String name, @Nullable ClassLoader loader) {
      thread = new CheckThread(name, loader, this::hold);
      held.add(this);
      thread.start();
    }

    private void hold() {
      started.complete(Thread.currentThread());
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // Left set, as a check may.
      }
    }
  }
}
