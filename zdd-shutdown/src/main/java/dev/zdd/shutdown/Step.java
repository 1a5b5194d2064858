package dev.zdd.shutdown;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One thing to close, by the name that logs and the report call it.
 *
 * @param after the names of those that end before it begins
 * @param inParallel whether it stands outside the order of registration
 * @param timeout how long it may take; null for the usual time
 */
record Step(
    String name,
    AutoCloseable action,
    ClosePhase phase,
    Set<String> after,
    boolean inParallel,
    @Nullable Duration timeout) {}
