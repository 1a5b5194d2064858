package dev.zdd.examples.shop;

/** What the shop answers: at once and whole, or as a stream. */
sealed interface Answer permits Reply, Chunks {}
