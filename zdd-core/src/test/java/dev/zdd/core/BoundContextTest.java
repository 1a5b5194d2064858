package dev.zdd.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BoundContextTest {
  private static final Callable<@Nullable RequestContext> CURRENT = RequestContext::current;

  private final RequestContext alice = RequestContext.of("alice");
  private final RequestContext bob = RequestContext.of("bob");
  private final ExecutorService pool = Executors.newSingleThreadExecutor();

  @AfterEach
  void nothingIsLeftBound() throws Exception {
    assertThat(RequestContext.current()).isNull();
    assertThat(pool.submit(CURRENT).get()).isNull();
    pool.shutdownNow();
  }

  @Test
  void isBoundForAsLongAsTheTaskRuns() throws Exception {
    List<@Nullable RequestContext> seen = new ArrayList<>();
    alice.run(() -> seen.add(RequestContext.current()));
    seen.add(RequestContext.current());
    seen.add(bob.call(CURRENT));
    assertThat(seen).containsExactly(alice, null, bob);
  }

  @Test
  void theOuterOneIsBoundAgainAfterTheInner() {
    alice.run(() -> {
      bob.run(() -> assertThat(RequestContext.current()).isSameAs(bob));
      assertThat(RequestContext.current()).isSameAs(alice);
    });
  }

  @Test
  void theOuterOneIsBoundAgainThoughTheInnerTaskThrows() {
    alice.run(() -> {
      IllegalStateException broken = new IllegalStateException("on purpose");
      assertThatThrownBy(() ->
              bob.run(() -> {
                throw broken;
              }))
          .isSameAs(broken);
      assertThat(RequestContext.current()).isSameAs(alice);
      IOException checked = new IOException("on purpose");
      assertThatThrownBy(() ->
              bob.call(() -> {
                throw checked;
              }))
          .isSameAs(checked);
      assertThat(RequestContext.current()).isSameAs(alice);
    });
  }

  @Test
  void isNotHandedToAnotherThreadByItself() throws Exception {
    AtomicReference<@Nullable RequestContext> seen = new AtomicReference<>(bob);
    Thread child = alice.call(() -> new Thread(() -> seen.set(RequestContext.current())));
    child.start();
    child.join();
    assertThat(seen).hasNullValue();
    assertThat(alice.call(() -> pool.submit(CURRENT).get())).isNull();
  }

  @Test
  void aWrappedTaskTakesItAlong() throws Exception {
    AtomicReference<@Nullable RequestContext> seen = new AtomicReference<>();
    pool.submit(alice.wrap(() -> seen.set(RequestContext.current()))).get();
    assertThat(seen).hasValue(alice);
    assertThat(pool.submit(bob.wrap(CURRENT)).get()).isSameAs(bob);
  }

  @Test
  void anExecutorCarriesWhatIsBoundWhereATaskIsHandedOver() throws Exception {
    List<Runnable> waiting = new ArrayList<>();
    List<@Nullable RequestContext> seen = new ArrayList<>();
    Executor carrying = RequestContext.carriedBy(waiting::add);
    Runnable look = () -> seen.add(RequestContext.current());

    alice.run(() -> carrying.execute(look));
    bob.run(() -> carrying.execute(look));
    carrying.execute(look);
    // A thread that helps out runs another's task in the middle of its own.
    bob.run(() -> waiting.forEach(Runnable::run));

    assertThat(seen).containsExactly(alice, bob, null);
  }

  @Test
  void refusesNoTaskWhereItIsGivenAndNotWhereItIsRun() {
    Executor carrying = RequestContext.carriedBy(pool);
    assertThatThrownBy(() -> alice.wrap((Runnable) null)).hasMessage("task");
    assertThatThrownBy(() -> alice.wrap((Callable<?>) null)).hasMessage("task");
    assertThatThrownBy(() -> carrying.execute(null)).hasMessage("task");
    assertThatThrownBy(() -> RequestContext.carriedBy(null)).hasMessage("executor");
  }

  @Test
  void eachVirtualThreadHasItsOwn() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "virtual threads are there from JDK 21 on");
    ExecutorService virtual =
        (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    try {
      CountDownLatch allBound = new CountDownLatch(500);
      List<Future<Boolean>> kept = new ArrayList<>();
      for (int n = 0; n < 500; n++) {
        RequestContext own = RequestContext.of("user-" + n);
        kept.add(
            virtual.submit(
                own.wrap(() -> {
                  allBound.countDown();
                  allBound.await(); // the few threads that carry it go on with the others
                  return own.equals(RequestContext.current());
                })));
      }
      for (Future<Boolean> its : kept) {
        assertThat(its.get()).isTrue();
      }
    } finally {
      virtual.shutdownNow();
    }
  }
}
