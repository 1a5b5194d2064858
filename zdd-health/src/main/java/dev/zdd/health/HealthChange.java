package dev.zdd.health;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A check went from one status to another.
 *
 * @param probe the probe that the check belongs to
 * @param check its name
 * @param from what it was
 * @param to what it is
 * @param reason why, as the check said; of an exception the type only. Null when up
 * @param at when, by the wall clock
 * @param lasted how long the status {@code from} had lasted
 */
public record HealthChange(
    Probe probe,
    String check,
    Status from,
    Status to,
    @Nullable String reason,
    Instant at,
    Duration lasted) {}
