package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.RequestContext;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;

/**
 * Flags in Redis beside the model of each of their revisions: threads evaluate from the first write
 * to {@link #close}, and compare. One thread writes; all its revisions are known to the model
 * before Redis is told of them.
 */
final class ModelledFlags implements AutoCloseable {
  private static final int THREADS = 2;
  private static final FlagChange CHANGE = new FlagChange("tester", "the next of the model");

  private final FlagStore store;
  private final FlagAdmin admin;
  private final Flags flags;
  private final List<Flag> handles;
  private final FlagFreshness freshness;
  private final AtomicLong clock = new AtomicLong();

  private final Map<String, FlagModel> models = new ConcurrentHashMap<>();
  private int step;
  private FlagModel acknowledged;
  private FlagRevision revision;
  // What `admin` is about to write.
  private FlagModel writing;

  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicLong evaluations = new AtomicLong();
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private final List<Future<?>> evaluators = new ArrayList<>();

  /** Writes the first document, and starts the source and the threads. */
  ModelledFlags(RedisFlagSource.Builder source, FlagStore store) throws Exception {
    this.store = store;
    this.acknowledged = FlagModel.first(step);
    this.writing = acknowledged;
    this.revision = write(store, FlagRevision.NONE, acknowledged, document(acknowledged));
    this.admin = FlagAdmin.of(new Recorded());
    this.flags = Flags.of(source.ticker(clock::get).build());
    this.freshness = FlagFreshness.of(flags);
    this.handles = FlagModel.KEYS.stream().map(flags::flag).toList();
    awaiting().until(() -> flags.snapshot() != null);
    for (int n = 0; n < THREADS; n++) {
      int first = n * 500;
      evaluators.add(threads.submit(() -> evaluate(first)));
    }
  }

  /** Changes flags, one after another; each is acknowledged when this returns. */
  void change(int times) throws Exception {
    for (int n = 0; n < times; n++) {
      PresentFlags present = admin.read();
      writing = model(present.snapshot()).next(++step);
      ChangeOutcome outcome = admin.replace(writing.changed(), present.revision(), CHANGE);
      assertThat(outcome).isInstanceOf(ChangeOutcome.Changed.class);
      revision = ((ChangeOutcome.Changed) outcome).revision();
      acknowledged = writing;
    }
  }

  /** A write by another writer, of which nobody will know whether it was done. */
  void writeUnknown(FlagStore brief) throws Exception {
    FlagModel next = acknowledged.next(++step);
    try {
      write(brief, revision, next, document(next));
      throw new AssertionError("it was acknowledged");
    } catch (FlagWriteUnknownException e) {
      // as it should be
    }
  }

  /** What the operator does after Redis has lost something: writes what serves. */
  void putBack() throws Exception {
    FlagSnapshot serving = requireNonNull(flags.snapshot());
    FlagModel served = new FlagModel(++step, model(serving).flags());
    byte[] document = serving.toDocument().getBytes(UTF_8);
    revision = write(store, store.read().revision(), served, document);
    acknowledged = served;
  }

  /** Redis has what was acknowledged last. */
  void assertNothingLost() throws Exception {
    assertThat(store.read().revision()).isEqualTo(revision);
    assertThat(present()).isEqualTo(acknowledged);
  }

  /** How many steps Redis is behind what was acknowledged last. */
  int stepsLost() throws Exception {
    return acknowledged.step() - present().step();
  }

  /** Awaits that the source says what is wrong; sees it told everywhere, and the flags serve on. */
  void awaitStale(String problem) {
    awaiting().until(() -> String.valueOf(flags.status().problem()).matches(problem));
    FlagSnapshot serving = flags.snapshot();
    clock.addAndGet(TimeUnit.SECONDS.toNanos(90));
    evaluateMore(5_000);
    assertThat(freshness.get()).get().asString().matches("the flags are \\d+ s old: .+");
    Decision decision = handles.get(0).explain("user-1");
    assertThat(decision.age()).isGreaterThanOrEqualTo(Duration.ofSeconds(90));
    assertThat(decision.version()).isEqualTo(requireNonNull(serving).version());
    assertThat(String.valueOf(flags.status().problem())).matches(problem);
    assertThat(model(serving)).as("the last known good").isEqualTo(acknowledged);
  }

  /** Awaits that what was acknowledged last serves, and nothing is wrong. */
  void awaitServed() {
    awaiting()
        .untilAsserted(() -> {
          assertThat(flags.status().problem()).isNull();
          assertThat(freshness.get()).isEmpty();
          assertThat(model(requireNonNull(flags.snapshot()))).isEqualTo(acknowledged);
        });
    evaluateMore(5_000);
  }

  /** Awaits that what Redis has serves, be it acknowledged or not. */
  void awaitPresentServed() throws Exception {
    FlagModel present = awaiting().ignoreExceptions().until(this::present, any -> true);
    awaiting().until(() -> model(requireNonNull(flags.snapshot())).equals(present));
  }

  /** A request in which the flags were asked already. */
  RequestContext pinned() {
    RequestContext request = RequestContext.of("user-1");
    handles.get(0).isEnabled(request);
    return request;
  }

  /** The revision that answers in a request, whose answers are right. */
  String answering(RequestContext request) {
    String version = requireNonNull(handles.get(0).explain(request).version());
    FlagModel model = requireNonNull(models.get(version));
    for (Flag flag : handles) {
      assertThat(flag.isEnabled(request)).isEqualTo(model.isOn(flag.key(), "user-1"));
    }
    return version;
  }

  /** Awaits that the threads have evaluated that often, since the beginning. */
  long evaluate(long times) {
    awaiting()
        .atMost(Duration.ofMinutes(5))
        .until(() -> evaluations.get() >= times || evaluators.stream().anyMatch(Future::isDone));
    return evaluations.get();
  }

  /** Throws what a thread has found wrong. */
  @Override
  public void close() throws Exception {
    over.countDown();
    try {
      for (Future<?> evaluator : evaluators) {
        evaluator.get(1, TimeUnit.MINUTES);
      }
    } finally {
      threads.shutdownNow();
      flags.close();
    }
  }

  static ConditionFactory awaiting() {
    return await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(5));
  }

  private void evaluateMore(long times) {
    evaluate(evaluations.get() + times);
  }

  private @Nullable Void evaluate(int first) throws InterruptedException {
    int seen = 0;
    for (int n = first; ; n++) {
      // Pauses, so that the server and the source have something of the processors, too.
      if (n % 200 == 0 && over.await(1, TimeUnit.MILLISECONDS)) {
        return null;
      }
      String id = FlagModel.id(n);
      RequestContext request = RequestContext.of(id);
      Decision decision = handles.get(0).explain(request);
      FlagModel model = models.get(String.valueOf(decision.version()));
      if (model == null) {
        throw new AssertionError("a revision that nobody wrote: " + decision);
      }
      if (model.step() < seen) {
        throw new AssertionError("back from step " + seen + " to " + model + ": " + decision);
      }
      seen = model.step();
      check(decision.enabled(), model, handles.get(0), id);
      for (Flag flag : handles) {
        check(flag.isEnabled(request), model, flag, id);
      }
      Flag flag = handles.get(n % handles.size());
      Evaluator before = flag.evaluator();
      boolean answer = flag.isEnabled(id);
      if (flag.evaluator() == before) { // or it may be of the one or the other
        check(answer, requireNonNull(models.get(String.valueOf(before.version))), flag, id);
      }
      evaluations.addAndGet(handles.size() + 2L);
    }
  }

  private static void check(boolean answer, FlagModel model, Flag flag, String id) {
    if (answer != model.isOn(flag.key(), id)) {
      throw new AssertionError(flag.key() + " is " + answer + " for " + id + ", wrong by " + model);
    }
  }

  private FlagModel present() throws Exception {
    return model(admin.read().snapshot());
  }

  private FlagModel model(FlagSnapshot snapshot) {
    return requireNonNull(models.get(snapshot.version()), snapshot.version());
  }

  private FlagRevision write(FlagStore to, FlagRevision expected, FlagModel model, byte[] document)
      throws IOException, InterruptedException {
    record(expected, model, document);
    FlagWrite write = to.write(expected, document);
    assertThat(write).isInstanceOf(FlagWrite.Written.class);
    return ((FlagWrite.Written) write).revision();
  }

  private void record(FlagRevision expected, FlagModel model, byte[] document) {
    models.put(expected.version() + 1 + "-" + FlagDocument.fingerprint(document), model);
  }

  private static byte[] document(FlagModel model) {
    return model.snapshot().toDocument().getBytes(UTF_8);
  }

  /** The store, telling the model first. */
  private final class Recorded implements FlagStore {
    @Override
    public StoredFlags read() throws IOException, InterruptedException {
      return store.read();
    }

    @Override
    public FlagWrite write(FlagRevision expected, byte[] document)
        throws IOException, InterruptedException {
      record(expected, writing, document);
      return store.write(expected, document);
    }

    @Override
    public void close() {
      store.close();
    }
  }
}
