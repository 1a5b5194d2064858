package dev.zdd.benchmarks;

import org.openjdk.jmh.annotations.Threads;

/** {@link BeginEndBenchmark} with two threads on one count. */
@Threads(2)
public class ContendedBeginEndBenchmark extends BeginEndBenchmark {}
