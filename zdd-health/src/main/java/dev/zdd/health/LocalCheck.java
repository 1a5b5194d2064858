package dev.zdd.health;

/**
 * A check of this process itself: a deadlock, a stalled loop, a worker that died. It asks nobody
 * else, so what it finds is mended by a restart, and only such a check is accepted for {@linkplain
 * Probe#LIVENESS liveness}. A dependency that fails must not restart its clients: they would all go
 * at once, and come back to the same dependency. Whoever implements this gives that promise; the
 * checks of dependencies that come with zdd are not of this type, and do not compile there.
 */
@FunctionalInterface
public interface LocalCheck extends HealthCheck {}
