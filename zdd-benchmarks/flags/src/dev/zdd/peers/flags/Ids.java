package dev.zdd.peers.flags;

import java.util.Random;
import java.util.UUID;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Users: random UUIDs, the same in each run; one after the other, for each thread. */
@State(Scope.Thread)
public class Ids {
  private static final int COUNT = 1024; // few enough for a processor's cache

  private final String[] all = new String[COUNT];
  private int next;

  public Ids() {
    Random random = new Random(1);
    for (int n = 0; n < COUNT; n++) {
      all[n] = new UUID(random.nextLong(), random.nextLong()).toString();
    }
  }

  String next() {
    return all[next++ & (COUNT - 1)];
  }
}
