/**
 * A worker: a process that takes its work from a Redis stream instead of a socket. Read {@link
 * dev.zdd.examples.worker.Worker} first; {@code RedisStreamSource} is what a consumer of another
 * queue would replace.
 */
@NullMarked
package dev.zdd.examples.worker;

import org.jspecify.annotations.NullMarked;
