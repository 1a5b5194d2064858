package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.EventDetails;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.ProviderEvent;
import dev.openfeature.sdk.ProviderState;
import dev.openfeature.sdk.exceptions.ProviderNotReadyError;
import dev.zdd.testing.CapturedLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFeatureEventsTest {
  private static final Duration STALE_AFTER = Duration.ofMillis(400);

  private final HandFedSource source = new HandFedSource();
  private final Flags flags = Flags.of(source);
  private final OpenFeatureAPI api = OpenFeatureAPI.createIsolated();
  private final List<Told> told = new CopyOnWriteArrayList<>();

  private record Told(ProviderEvent event, EventDetails details) {}

  OpenFeatureEventsTest() {
    for (ProviderEvent event : ProviderEvent.values()) {
      api.on(event, details -> told.add(new Told(event, details)));
    }
  }

  @AfterEach
  void shutDown() {
    api.shutdown();
  }

  @Test
  void aSnapshotTellsOfTheFlagsThatItChanges() {
    source.push(on("a").build(), on("b").build());
    api.setProviderAndWait(provider());
    source.push(on("a").build(), on("b").percentage("5").build(), on("c").build());

    await().until(() -> told(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED).size() == 1);
    EventDetails details = told(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED).get(0);
    assertThat(details.getFlagsChanged()).containsExactly("b", "c");
    assertThat(details.getMessage()).isEqualTo("snapshot 2 after 1");
    assertThat(details.getProviderName()).isEqualTo("zdd");
  }

  @Test
  void aSnapshotThatChangesNothingIsNotToldOf() {
    source.push(on("a").build());
    api.setProviderAndWait(provider());
    source.push(on("a").build());
    // The second look from here has begun behind that push, and so has seen it.
    int looks = source.looks();
    await().until(() -> source.looks() >= looks + 2);
    source.push(on("a").build(), on("b").build());

    await().until(() -> !told(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED).isEmpty());
    assertThat(told(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED)).hasSize(1);
    assertThat(told(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED).get(0).getFlagsChanged())
        .containsExactly("b");
  }

  @Test
  void anAgeOverTheBoundIsStaleAndOneBelowItReadyAgain() {
    source.push(on("a").build());
    api.setProviderAndWait(provider());
    Client client = api.getClient();
    await().until(() -> told(ProviderEvent.PROVIDER_READY).size() == 1);
    source.age(Duration.ofMinutes(2), "connection refused");

    await().until(() -> client.getProviderState() == ProviderState.STALE);
    await().until(() -> told(ProviderEvent.PROVIDER_STALE).size() == 1);
    assertThat(told(ProviderEvent.PROVIDER_STALE).get(0).getMessage())
        .isEqualTo(
            "snapshot 1 has not been confirmed for 120 s (expected: within PT0.4S):"
                + " connection refused");

    source.age(Duration.ZERO, null);
    await().until(() -> client.getProviderState() == ProviderState.READY);
    await().until(() -> told(ProviderEvent.PROVIDER_READY).size() == 2);
    assertThat(told(ProviderEvent.PROVIDER_STALE)).hasSize(1);
  }

  @Test
  void withoutASnapshotInTimeItIsInErrorAndReadyWhenOneComes() {
    source.age(Duration.ofSeconds(1), "connection refused");
    assertThatThrownBy(() -> api.setProviderAndWait(provider()))
        .isInstanceOf(ProviderNotReadyError.class)
        .hasMessage("no flags have been read yet (expected: within PT0.3S): connection refused");
    Client client = api.getClient();
    assertThat(client.getProviderState()).isEqualTo(ProviderState.ERROR);
    await().until(() -> told(ProviderEvent.PROVIDER_ERROR).size() == 1);
    assertThat(client.getBooleanValue("a", true)).isTrue();

    source.age(Duration.ZERO, null);
    source.push(on("a").build());
    await().until(() -> client.getProviderState() == ProviderState.READY);
    await().until(() -> told(ProviderEvent.PROVIDER_READY).size() == 1);
    assertThat(told(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED)).isEmpty();
  }

  @Test
  void aSnapshotThatComesInTimeEndsTheWait() throws Exception {
    Thread setter = new Thread(() -> api.setProviderAndWait(patient()));
    setter.start();
    await().until(() -> setter.getState() == Thread.State.TIMED_WAITING);
    source.push(on("a").build());
    setter.join(10_000);

    assertThat(api.getClient().getProviderState()).isEqualTo(ProviderState.READY);
  }

  @Test
  void aShutdownEndsTheWait() throws Exception {
    OpenFeatureProvider provider = patient();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread starter =
        new Thread(() -> {
          try {
            provider.initialize(null);
          } catch (RuntimeException e) {
            thrown.set(e);
          }
        });
    starter.start();
    await().until(() -> starter.getState() == Thread.State.TIMED_WAITING);
    provider.shutdown();
    starter.join(10_000);

    assertThat(thrown.get()).isInstanceOf(ProviderNotReadyError.class);
    await().until(() -> tellers().isEmpty());
  }

  @Test
  void anInterruptEndsTheWaitAndStays() throws Exception {
    OpenFeatureProvider provider = patient();
    AtomicReference<Boolean> interrupted = new AtomicReference<>(false);
    Thread starter =
        new Thread(() -> {
          try {
            provider.initialize(null);
          } catch (ProviderNotReadyError e) {
            interrupted.set(Thread.currentThread().isInterrupted());
          }
        });
    starter.start();
    starter.interrupt();
    starter.join(10_000);
    provider.shutdown();

    assertThat(interrupted.get()).isTrue();
  }

  @Test
  void aShutdownLeavesNoThreadAndClosesNoFlags() {
    source.push(on("a").build());
    OpenFeatureProvider provider = provider();
    api.setProviderAndWait(provider);
    await().until(() -> tellers().size() == 1); // of another test there may be one that ends
    api.shutdown();
    provider.shutdown();

    await().until(() -> tellers().isEmpty());
    source.push();
    assertThat(flags.flag("a").explain("alice").reason()).isEqualTo(Reason.ERROR);
    assertThatThrownBy(() -> provider.initialize(null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("shut down");
    assertThat(tellers()).isEmpty();
  }

  @Test
  void aListenerThatThrowsHoldsUpNoOther() {
    CopyOnWriteArrayList<String> heard = new CopyOnWriteArrayList<>();
    flags.listen(snapshot -> {
      throw new IllegalStateException("broken");
    });
    Runnable unlisten = flags.listen(snapshot -> heard.add(snapshot.version()));
    try (CapturedLog log = new CapturedLog()) {
      source.push();
      unlisten.run();
      source.push();
      assertThat(log.linesWith("a listener of snapshot 1 failed")).hasSize(1);
    }

    assertThat(heard).containsExactly("1");
  }

  @Test
  void aFileThatIsChangedAndThenGoneIsToldOf(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("flags.json");
    Files.writeString(file, "{\"flags\":{\"a\":{\"enabled\":true}}}");
    FileFlagSource fromFile =
        FileFlagSource.builder(file).pollInterval(Duration.ofMillis(50)).build();
    try (Flags followed = Flags.of(fromFile)) {
      OpenFeatureProvider provider =
          OpenFeatureProvider.builder(followed).staleAfter(Duration.ofSeconds(1)).build();
      api.setProviderAndWait(provider);
      Client client = api.getClient();
      Files.writeString(file, "{\"flags\":{\"a\":{\"enabled\":false}}}");
      await().until(() -> !told(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED).isEmpty());
      assertThat(told(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED).get(0).getFlagsChanged())
          .containsExactly("a");

      Files.delete(file);
      await().until(() -> client.getProviderState() == ProviderState.STALE);
      Files.writeString(file, "{\"flags\":{\"a\":{\"enabled\":true}}}");
      await().until(() -> client.getProviderState() == ProviderState.READY);
    }
  }

  private OpenFeatureProvider provider() {
    return OpenFeatureProvider.builder(flags)
        .staleAfter(STALE_AFTER)
        .firstSnapshotTimeout(Duration.ofMillis(300))
        .build();
  }

  private OpenFeatureProvider patient() {
    return OpenFeatureProvider.builder(flags).firstSnapshotTimeout(Duration.ofMinutes(1)).build();
  }

  private List<EventDetails> told(ProviderEvent event) {
    return told.stream().filter(one -> one.event == event).map(Told::details).toList();
  }

  private static List<Thread> tellers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("zdd-flags-openfeature"))
        .toList();
  }

  private static FlagDefinition.Builder on(String key) {
    return FlagDefinition.builder(key).enabled(true);
  }
}
