package dev.zdd.peers.flags;

import com.launchdarkly.sdk.LDContext;
import com.launchdarkly.sdk.server.Components;
import com.launchdarkly.sdk.server.LDClient;
import com.launchdarkly.sdk.server.LDConfig;
import com.launchdarkly.sdk.server.integrations.FileData;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.providers.memory.InMemoryProvider;
import dev.zdd.flags.BareHash;
import io.getunleash.DefaultUnleash;
import io.getunleash.Unleash;
import io.getunleash.UnleashContext;
import io.getunleash.util.UnleashConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.togglz.core.Feature;
import org.togglz.core.manager.FeatureManager;
import org.togglz.core.manager.FeatureManagerBuilder;
import org.togglz.core.repository.FeatureState;
import org.togglz.core.repository.mem.InMemoryStateRepository;
import org.togglz.core.user.SimpleFeatureUser;

/**
 * One flag at 10 % in each library that keeps a user on his side, with no network, events or
 * metrics: as each documents it for tests or for offline use. A context is made for each call, as
 * a request would.
 */
@State(Scope.Benchmark)
public class Peers {
  private enum Features implements Feature {
    CHECKOUT
  }

  // A thread's user, as a servlet filter would set it.
  private final ThreadLocal<String> user = new ThreadLocal<>();
  private Client openFeature;
  private Unleash unleash;
  private LDClient launchDarkly;
  private FeatureManager togglz;
  private Path directory;

  @Setup(Level.Trial)
  public void start() throws Exception {
    directory = Files.createTempDirectory("flags");
    openFeature = openFeature();
    unleash = unleash();
    launchDarkly = launchDarkly();
    togglz = togglz();
  }

  @TearDown(Level.Trial)
  public void stop() throws Exception {
    OpenFeatureAPI.getInstance().shutdown();
    unleash.shutdown();
    launchDarkly.close();
  }

  @Benchmark
  public boolean openFeatureInMemory(Ids ids) {
    return openFeature.getBooleanValue("checkout", false, new ImmutableContext(ids.next()));
  }

  @Benchmark
  public boolean unleash(Ids ids) {
    return unleash.isEnabled("checkout", UnleashContext.builder().userId(ids.next()).build());
  }

  @Benchmark
  public boolean launchDarkly(Ids ids) {
    return launchDarkly.boolVariation("checkout", LDContext.create(ids.next()), false);
  }

  @Benchmark
  public boolean togglz(Ids ids) {
    user.set(ids.next());
    return togglz.isActive(Features.CHECKOUT);
  }

  // The provider has no percentage: it is given the cheapest there is.
  private static Client openFeature() {
    BareHash bare = new BareHash("checkout", "10");
    var flag =
        dev.openfeature.sdk.providers.memory.Flag.<Boolean>builder()
            .variant("on", true)
            .variant("off", false)
            .defaultVariant("off")
            .contextEvaluator((self, context) -> bare.takes(context.getTargetingKey()))
            .build();
    OpenFeatureAPI api = OpenFeatureAPI.getInstance();
    api.setProviderAndWait(new InMemoryProvider(Map.of("checkout", flag)));
    return api.getClient();
  }

  private Unleash unleash() {
    String features =
        """
        {"version": 1, "features": [{"name": "checkout", "enabled": true, "strategies": [
          {"name": "flexibleRollout", "constraints": [], "parameters":
            {"rollout": "10", "stickiness": "userId", "groupId": "checkout"}}]}]}
        """;
    return new DefaultUnleash(
        UnleashConfig.builder()
            .appName("benchmark")
            .instanceId("benchmark")
            .unleashAPI("http://127.0.0.1:1/api")
            .apiKey("none")
            .toggleBootstrapProvider(() -> Optional.of(features))
            .disablePolling()
            .disableMetrics()
            .backupFile(directory.resolve("unleash.json").toString())
            .build());
  }

  private LDClient launchDarkly() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("launchdarkly.json"),
            """
            {"flags": {"checkout": {"key": "checkout", "version": 1, "on": true, "salt": "salt",
              "variations": [true, false], "offVariation": 1, "targets": [], "rules": [],
              "prerequisites": [], "fallthrough": {"rollout": {"variations":
                [{"variation": 0, "weight": 10000}, {"variation": 1, "weight": 90000}]}}}}}
            """);
    return new LDClient(
        "none",
        new LDConfig.Builder()
            .dataSource(FileData.dataSource().filePaths(file))
            .events(Components.noEvents())
            .diagnosticOptOut(true)
            .logging(Components.noLogging())
            .build());
  }

  private FeatureManager togglz() {
    InMemoryStateRepository states = new InMemoryStateRepository();
    FeatureManager built =
        new FeatureManagerBuilder()
            .featureEnum(Features.class)
            .stateRepository(states)
            .userProvider(() -> new SimpleFeatureUser(user.get(), false))
            .build();
    states.setFeatureState(
        new FeatureState(Features.CHECKOUT, true)
            .setStrategyId("gradual")
            .setParameter("percentage", "10"));
    return built;
  }
}
