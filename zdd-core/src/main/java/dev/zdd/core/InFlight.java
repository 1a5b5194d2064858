package dev.zdd.core;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts the work in flight, knows what each piece of it is, and, once closed, refuses more.
 *
 * <p>{@link #begin} hands out a ticket and {@link #end} takes it back, on any thread. Both allocate
 * nothing and take no lock, but for the rare moment in which the table of tickets grows. A ticket
 * can be given back once: a second {@code end} does nothing, so an asynchronous request may be
 * ended by its completion and by its failure, whichever comes, and the count stays right.
 *
 * <p>The race that this class exists for: the drainer reads "nothing in flight" and closes the
 * database, while a request that came in between has already been let in. Count and gate are
 * therefore one word. {@link #tryClose} moves it from <em>open, 0</em> to <em>closed, 0</em> in one
 * step and fails if anything is inside; a {@code begin} that comes later finds the gate closed.
 */
public final class InFlight {
  /** The ticket of work that was refused because the gate is closed. */
  public static final long REFUSED = 0;

  private static final long CLOSED = Long.MIN_VALUE;
  private static final int FIRST_SLOTS = 64;
  private static final int PROBES = 16;
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  private final Ticker ticker;

  // The sign bit is the gate, the rest the count. One word, so that "empty, so close" is one step.
  private final AtomicLong gate = new AtomicLong();
  private final LongAdder begun = new LongAdder();
  private final LongAdder refused = new LongAdder();

  // Replaced, never changed: growing copies the slots into a longer array, so a slot keeps its
  // index for good and a ticket stays valid. Guarded by `this` for writing.
  private volatile Slot[] slots;

  // Whoever waits for the count to fall to zero. A waiter adds itself, then reads the count; an
  // ending piece of work takes itself off the count, then reads the waiters. Both words are
  // volatile, so at least one of the two sees the other: no wake-up is lost.
  private final Object empty = new Object();
  private volatile int waiters;

  /** An open, empty count whose ages are read from {@code ticker}. */
  public InFlight(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
    this.slots = grow(new Slot[0], FIRST_SLOTS);
  }

  /**
   * Lets a piece of work in.
   *
   * @param method what kind of work, as a short constant: an HTTP method, or "job"
   * @param target what it is about, for the log of what is stuck: a path without its query, or the
   *     name of a job
   * @return the ticket to give to {@link #end}, or {@link #REFUSED}
   */
  public long begin(String method, String target) {
    long now = ticker.read();
    // Count first, then describe: the other order lets a request slip in between the drainer
    // reading "nobody inside" and this thread counting itself.
    long word;
    do {
      word = gate.get();
      if (word < 0) {
        refused.increment();
        return REFUSED;
      }
    } while (!gate.compareAndSet(word, word + 1));
    begun.increment();
    try {
      return claim(method, target, Thread.currentThread(), now);
    } catch (OutOfMemoryError e) {
      leave(); // the table could not grow: work that never got its ticket would be waited for
      throw e;
    }
  }

  /**
   * Takes a piece of work off the count. Does nothing for {@link #REFUSED} and for a ticket that
   * has been given back before.
   *
   * @return whether this call ended it
   */
  public boolean end(long ticket) {
    if (ticket == REFUSED || !slotOf(ticket).release(generationOf(ticket))) {
      return false;
    }
    leave();
    return true;
  }

  private void leave() {
    if ((gate.decrementAndGet() & ~CLOSED) == 0 && waiters > 0) {
      synchronized (empty) {
        empty.notifyAll();
      }
    }
  }

  /**
   * Notes that the work goes on without the thread that began it (an asynchronous request), so that
   * a report of what is stuck does not blame a thread that has long gone on to something else.
   */
  public void detach(long ticket) {
    if (ticket != REFUSED) {
      slotOf(ticket).detach(generationOf(ticket));
    }
  }

  /** How much is in flight. */
  public int count() {
    return (int) Math.min(Integer.MAX_VALUE, gate.get() & ~CLOSED);
  }

  /** How much has been let in since the start. Exact when nothing is beginning at the moment. */
  public long begun() {
    return begun.sum();
  }

  /** How much has been refused since the start. Exact when nothing is beginning at the moment. */
  public long refused() {
    return refused.sum();
  }

  /** Whether new work is refused. */
  public boolean isClosed() {
    return gate.get() < 0;
  }

  /**
   * Closes the gate if nothing is in flight.
   *
   * @return whether the gate is closed and nothing is inside; false if something was, and then the
   *     gate is as it was
   */
  public boolean tryClose() {
    return gate.compareAndSet(0, CLOSED) || gate.get() == CLOSED;
  }

  /** Closes the gate whatever is inside: from here on {@link #begin} refuses. */
  public void close() {
    gate.getAndUpdate(word -> word | CLOSED);
  }

  /**
   * Waits until nothing is in flight.
   *
   * @param timeout how long at most; more than 292 years count as that
   * @return whether such a moment was seen before {@code timeout} had passed; one that new work
   *     ended before this thread woke is not seen
   */
  public boolean awaitEmpty(Duration timeout) throws InterruptedException {
    long start = System.nanoTime();
    long nanos = timeout.compareTo(LONGEST) < 0 ? timeout.toNanos() : Long.MAX_VALUE;
    synchronized (empty) {
      waiters++;
      try {
        while (count() > 0) {
          long left = nanos - (System.nanoTime() - start);
          if (left <= 0) {
            return false;
          }
          // Rounded up: a wait of 0 ms would be a wait for ever.
          empty.wait(left / 1_000_000 + 1);
        }
        return true;
      } finally {
        waiters--;
      }
    }
  }

  /** What is in flight at about this moment, oldest first. For logs and pages: it allocates. */
  public List<Work> work() {
    long now = ticker.read();
    List<Work> work = new ArrayList<>();
    for (Slot slot : slots) {
      Work one = slot.read(now);
      if (one != null) {
        work.add(one);
      }
    }
    work.sort(Comparator.comparing(Work::age).reversed());
    return work;
  }

  /**
   * One piece of work in flight.
   *
   * @param method as given to {@link InFlight#begin}
   * @param target as given to {@link InFlight#begin}
   * @param age how long ago it began
   * @param thread the thread that began it and is still on it; null if it went on without one
   */
  public record Work(String method, String target, Duration age, @Nullable Thread thread) {}

  // A ticket is the slot's generation (high 32 bits) and its index plus one (low 32 bits): never 0,
  // and of no use once the slot has moved on to its next generation.
  private static long ticket(int generation, int index) {
    return (long) generation << 32 | (index + 1);
  }

  private static int generationOf(long ticket) {
    return (int) (ticket >>> 32);
  }

  private Slot slotOf(long ticket) {
    return slots[(int) ticket - 1];
  }

  private long claim(String method, String target, Thread thread, long now) {
    // First where this thread was last time: that slot is in its cache. If it is taken, anywhere.
    // An
    // event loop begins many requests before the first of them ends, and a fixed walk from the
    // thread's own slot would pass all of them each time. Neighbouring thread ids start far apart
    // (Fibonacci hashing), so that threads rarely meet.
    int at = (int) ((thread.getId() * 0x9E3779B97F4A7C15L) >>> 33);
    while (true) {
      Slot[] table = slots;
      for (int probe = 0; probe < PROBES; probe++) {
        int index = at & table.length - 1;
        int generation = table[index].claim(method, target, thread, now);
        if (generation != Slot.TAKEN) {
          return ticket(generation, index);
        }
        at = ThreadLocalRandom.current().nextInt();
      }
      // Only a table that is really crowded grows: bad luck must not, however long the process
      // runs. This thread has counted itself, so every slot that is taken is in the count.
      if (count() > table.length / 2) {
        growFrom(table);
      }
    }
  }

  private synchronized void growFrom(Slot[] full) {
    if (slots.length == full.length) {
      slots = grow(full, full.length * 2);
    }
  }

  private static Slot[] grow(Slot[] from, int length) {
    Slot[] longer = Arrays.copyOf(from, length);
    for (int i = from.length; i < length; i++) {
      longer[i] = new Slot();
    }
    return longer;
  }

  /**
   * Where one piece of work is described while it lasts. The generation goes round in fours: 0
   * free, 1 being written, 2 taken, 3 being cleared. Only the thread that won the step to 1 or 3
   * writes the fields; a reader believes what it read if the generation was at 2 before and after,
   * as with a seqlock.
   */
  private static final class Slot {
    // Never a generation handed out: those are at 2 of 4.
    static final int TAKEN = 1;

    private static final VarHandle GENERATION;

    static {
      try {
        GENERATION = MethodHandles.lookup().findVarHandle(Slot.class, "generation", int.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private volatile int generation;
    private @Nullable String method;
    private @Nullable String target;
    private @Nullable Thread thread;
    private long since;

    int claim(String method, String target, Thread thread, long now) {
      int free = generation;
      if ((free & 3) != 0 || !GENERATION.compareAndSet(this, free, free + 1)) {
        return TAKEN;
      }
      VarHandle.storeStoreFence(); // no reader sees the fields change before the generation has
      this.method = method;
      this.target = target;
      this.thread = thread;
      this.since = now;
      generation = free + 2;
      return free + 2;
    }

    boolean release(int taken) {
      if (!GENERATION.compareAndSet(this, taken, taken + 1)) {
        return false;
      }
      VarHandle.storeStoreFence();
      method = null;
      target = null;
      thread = null;
      generation = taken + 2;
      return true;
    }

    void detach(int taken) {
      // A stale ticket is left alone. The work may end, and other work begin here, between this
      // look and the write (an asynchronous request that completes at once): then a report lacks
      // one stack, and nothing else is wrong.
      if (generation == taken) {
        thread = null;
      }
    }

    @Nullable Work read(long now) {
      int before = generation;
      if ((before & 3) != 2) {
        return null;
      }
      String method = this.method;
      String target = this.target;
      Thread thread = this.thread;
      long since = this.since;
      VarHandle.acquireFence();
      if (generation != before || method == null || target == null) {
        return null;
      }
      return new Work(method, target, Duration.ofNanos(Math.max(0, now - since)), thread);
    }
  }
}
