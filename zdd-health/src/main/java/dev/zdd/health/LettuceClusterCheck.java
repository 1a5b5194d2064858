package dev.zdd.health;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.protocol.ConnectionIntent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** See {@link LettuceCheck#of(StatefulRedisClusterConnection)}. */
final class LettuceClusterCheck implements HealthCheck {
  // Slots that were moved one by one may be hundreds of ranges; the answer has to stay small.
  private static final int RANGES_SHOWN = 4;

  private static final String COMMAND = "CLUSTER INFO";

  private final StatefulRedisClusterConnection<?, ?> connection;

  LettuceClusterCheck(StatefulRedisClusterConnection<?, ?> connection) {
    this.connection = connection;
  }

  /** A master that owns slots, and what it says. */
  private record Asked(RedisClusterNode master, CompletableFuture<String> info) {}

  @Override
  public HealthResult check() throws InterruptedException {
    return check(Duration.ofSeconds(CheckOptions.DEFAULT_TIMEOUT_SECONDS));
  }

  @Override
  public HealthResult check(Duration timeout) throws InterruptedException {
    BitSet orphans = new BitSet(SlotHash.SLOT_COUNT);
    orphans.set(0, SlotHash.SLOT_COUNT);
    List<Asked> all = new ArrayList<>();
    Commands commands = new Commands();
    try {
      for (RedisClusterNode node : connection.getPartitions()) {
        if (node.getRole().isUpstream() && !node.hasNoSlots()) {
          node.forEachSlot(orphans::clear);
          all.add(new Asked(node, connected(node).thenCompose(commands::send)));
        }
      }
      await(all, LettuceCheck.patience(timeout));
      return judged(orphans, all, timeout);
    } finally {
      commands.cancel(); // Whatever ended the wait, an interrupt too; no effect after a reply.
    }
  }

  private static HealthResult judged(BitSet orphans, List<Asked> all, Duration timeout) {
    Map<String, BitSet> unserved = new HashMap<>();
    if (!orphans.isEmpty()) {
      unserved.put("no known master", orphans);
    }
    for (Asked asked : all) {
      String wrong = wrong(asked.info, timeout);
      if (wrong != null) {
        asked.master.forEachSlot(unserved.computeIfAbsent(wrong, any -> new BitSet())::set);
      }
    }
    return unserved.isEmpty() ? HealthResult.up() : HealthResult.down(reason(unserved));
  }

  private CompletableFuture<? extends StatefulRedisConnection<?, ?>> connected(
      RedisClusterNode master) {
    RedisURI uri = master.getUri();
    try {
      // By address and for writing: that is the connection which the application's commands take.
      return connection.getConnectionAsync(uri.getHost(), uri.getPort(), ConnectionIntent.WRITE);
    } catch (RuntimeException e) { // The connection was closed, or the node has just gone.
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * What one run has sent. A connection may come about after the run has ended, on another thread:
   * nothing is sent then, and whatever was sent is cancelled by one of the two.
   */
  private static final class Commands {
    private final Queue<RedisFuture<String>> sent = new ConcurrentLinkedQueue<>();
    private volatile boolean over;

    CompletionStage<String> send(StatefulRedisConnection<?, ?> node) {
      if (over || !node.isOpen()) {
        throw new RedisConnectionException(LettuceCheck.NOT_CONNECTED);
      }
      RedisFuture<String> reply = node.async().clusterInfo();
      sent.add(reply);
      if (over) {
        reply.cancel(true); // cancel() may have passed between the two lines above
      }
      return reply;
    }

    void cancel() {
      over = true;
      sent.forEach(reply -> reply.cancel(true));
    }
  }

  private static void await(List<Asked> all, long nanos) throws InterruptedException {
    CompletableFuture<?>[] infos = all.stream().map(Asked::info).toArray(CompletableFuture[]::new);
    try {
      CompletableFuture.allOf(infos).get(nanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // Each is looked at by itself.
    }
  }

  private static @Nullable String wrong(CompletableFuture<String> info, Duration timeout) {
    String text;
    try {
      text = info.getNow(null);
    } catch (CompletionException e) {
      return wrong(e.getCause(), timeout);
    }
    if (text == null) {
      return LettuceCheck.noReply(COMMAND, timeout);
    }
    return text.lines().anyMatch("cluster_state:ok"::equals)
        ? null
        : "the master says that the cluster is down";
  }

  private static String wrong(@Nullable Throwable failure, Duration timeout) {
    if (failure instanceof RedisCommandExecutionException refused) {
      String known = LettuceCheck.refusal(refused);
      // An error reply begins with its kind ("NOPERM"); what follows may name users and hosts.
      String kind = String.valueOf(refused.getMessage()).split(" ", 2)[0];
      return known != null ? known : "refused: " + kind;
    }
    return failure instanceof RedisCommandTimeoutException
        ? LettuceCheck.noReply(COMMAND, timeout)
        : LettuceCheck.NOT_CONNECTED;
  }

  private static String reason(Map<String, BitSet> unserved) {
    return unserved.entrySet().stream()
        .sorted(Comparator.comparingInt(each -> each.getValue().nextSetBit(0)))
        .map(each -> ranges(each.getValue()) + " (" + each.getKey() + ")")
        .collect(Collectors.joining(", ", "slots not served: ", ""));
  }

  /** "0-5460, 5462", and at most the first few. */
  static String ranges(BitSet slots) {
    StringBuilder text = new StringBuilder();
    int count = 0;
    for (int from = slots.nextSetBit(0); from >= 0; ) {
      int end = slots.nextClearBit(from);
      if (count++ < RANGES_SHOWN) {
        text.append(count == 1 ? "" : ", ").append(from);
        text.append(end - from == 1 ? "" : "-" + (end - 1));
      }
      from = slots.nextSetBit(end);
    }
    if (count > RANGES_SHOWN) {
      text.append(" and ").append(count - RANGES_SHOWN).append(" more ranges");
    }
    return text.toString();
  }
}
