/**
 * Health checks that run on a schedule, and the three probes that report them. Read {@link
 * dev.zdd.health.Health} first: it is what an application builds. {@link
 * dev.zdd.health.HealthCheck} is what it writes.
 */
@NullMarked
package dev.zdd.health;

import org.jspecify.annotations.NullMarked;
