package dev.zdd.examples.shop;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.zdd.examples.Refusal;
import dev.zdd.health.HealthCheck;
import dev.zdd.health.HealthResult;
import dev.zdd.health.LettuceCheck;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Visits per user, in Redis. The shop does without it: a checkout waits for it no longer than
 * {@value #PATIENCE_MILLIS} ms, and it is an optional check. The connection is made by that check,
 * so that a Redis that is away at the start is found when it comes.
 */
final class Sessions implements HealthCheck, AutoCloseable {
  static final int PATIENCE_MILLIS = 200;

  private final RedisClient client;
  private volatile @Nullable StatefulRedisConnection<String, String> connection;

  private Sessions(RedisClient client) {
    this.client = client;
  }

  static Sessions at(String redisUrl) {
    RedisURI uri;
    try {
      uri = RedisURI.create(redisUrl);
    } catch (IllegalArgumentException e) {
      // Not repeated: a URL may hold a password.
      throw new Refusal("--redis: not a Redis URL (expected: redis://HOST:PORT)", e);
    }
    uri.setTimeout(Duration.ofSeconds(1));
    return new Sessions(RedisClient.create(uri));
  }

  /**
   * Counts a visit.
   *
   * @return how many there were, -1 if Redis does not say; never exceptional
   */
  CompletableFuture<Long> count(String user) {
    StatefulRedisConnection<String, String> redis = connection;
    if (redis == null || !redis.isOpen()) {
      return CompletableFuture.completedFuture(-1L);
    }
    return redis
        .async()
        .incr("visits:" + user)
        .toCompletableFuture()
        .copy()
        .completeOnTimeout(-1L, PATIENCE_MILLIS, MILLISECONDS)
        .exceptionally(e -> -1L);
  }

  @Override
  public HealthResult check() throws Exception {
    return check(Duration.ofSeconds(1));
  }

  @Override
  public HealthResult check(Duration timeout) throws Exception {
    StatefulRedisConnection<String, String> redis = connection;
    if (redis == null) {
      try {
        redis = client.connect();
      } catch (RedisException e) {
        return HealthResult.down("cannot connect");
      }
      connection = redis;
    }
    return LettuceCheck.of(redis).check(timeout);
  }

  @Override
  public void close() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
  }
}
