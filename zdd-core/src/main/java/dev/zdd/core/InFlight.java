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
import java.util.concurrent.atomic.AtomicInteger;
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
 * database, while a request that came in between has already been let in. The slots that hold the
 * tickets are the count, so that threads which begin and end work share no word that they write to.
 * {@link #tryClose} therefore takes two steps: it moves the gate to <em>closing</em>, then looks
 * into every slot. A {@code begin} takes its slot first and looks at the gate then. Both are
 * sequentially consistent, so at least one sees the other: the drainer finds the slot taken and
 * opens the gate again, or the request finds the gate closing and opens it itself, which the
 * drainer's last step, closing to closed, notices.
 */
public final class InFlight {
  /** The ticket of work that was refused because the gate is closed. */
  public static final long REFUSED = 0;

  // The gate.
  private static final int OPEN = 0;
  private static final int CLOSING = 1;
  private static final int CLOSED = 2;

  private static final int FIRST_SLOTS = 64;
  private static final int PROBES = 16;
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  private final Ticker ticker;
  private final AtomicInteger gate = new AtomicInteger(OPEN);
  private final LongAdder refused = new LongAdder();

  // Replaced, never changed: growing copies the slots into a longer array, so a slot keeps its
  // index for good and a ticket stays valid. Guarded by `this` for writing.
  private volatile Slot[] slots;

  // Whoever waits for the count to fall to zero. A waiter adds itself, then reads the count; an
  // ending piece of work takes itself off the count, then reads the waiters. Both are volatile, so
  // at least one of the two sees the other: no wake-up is lost.
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
    if (gate.get() == CLOSED) {
      refused.increment();
      return REFUSED;
    }
    long now = ticker.read();
    Thread thread = Thread.currentThread();
    long ticket = claim(thread);
    // The slot first, then the gate: the other order lets a request slip in between the drainer
    // reading "nobody inside" and this thread counting itself.
    if (gate.get() != OPEN && !isAdmitted()) {
      slotOf(ticket).giveBack(generationOf(ticket));
      refused.increment();
      wakeIfEmpty();
      return REFUSED;
    }
    slotOf(ticket).describe(generationOf(ticket), method, target, thread, now);
    return ticket;
  }

  /** Whoever holds a slot and finds the gate closing keeps it open: something is inside. */
  private boolean isAdmitted() {
    while (true) {
      int state = gate.get();
      if (state == CLOSED) {
        return false;
      }
      if (state == OPEN || gate.compareAndSet(CLOSING, OPEN)) {
        return true;
      }
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
    wakeIfEmpty();
    return true;
  }

  private void wakeIfEmpty() {
    if (waiters > 0 && count() == 0) {
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

  /** How much is in flight. Looks into each slot: for the drain, a meter, a log line. */
  public int count() {
    int taken = 0;
    for (Slot slot : slots) {
      if (slot.isTaken()) {
        taken++;
      }
    }
    return taken;
  }

  /** How much has been let in since the start. Exact when nothing is beginning at the moment. */
  public long begun() {
    long begun = 0;
    for (Slot slot : slots) {
      begun += slot.uses();
    }
    return begun;
  }

  /** How much has been refused since the start. Exact when nothing is beginning at the moment. */
  public long refused() {
    return refused.sum();
  }

  /** Whether new work is refused. */
  public boolean isClosed() {
    return gate.get() == CLOSED;
  }

  /**
   * Closes the gate if nothing is in flight.
   *
   * @return whether the gate is closed and nothing that was let in is inside; false if something
   *     is, and then the gate is as it was
   */
  public synchronized boolean tryClose() {
    if (gate.get() == CLOSED) {
      return count() == 0;
    }
    gate.set(CLOSING);
    if (count() > 0) {
      gate.set(OPEN);
      return false;
    }
    return gate.compareAndSet(CLOSING, CLOSED);
  }

  /** Closes the gate whatever is inside: from here on {@link #begin} refuses. */
  public synchronized void close() {
    gate.set(CLOSED);
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

  private long claim(Thread thread) {
    // First where this thread was last time: that slot is in its cache. If it is taken, anywhere.
    // An event loop begins many requests before the first of them ends, and a fixed walk from the
    // thread's own slot would pass all of them each time. Neighbouring thread ids start far apart
    // (Fibonacci hashing), so that threads rarely meet.
    int at = (int) ((thread.getId() * 0x9E3779B97F4A7C15L) >>> 33);
    while (true) {
      Slot[] table = slots;
      for (int probe = 0; probe < PROBES; probe++) {
        int index = at & (table.length - 1);
        int generation = table[index].claim();
        if (generation != Slot.TAKEN) {
          return ticket(generation, index);
        }
        at = ThreadLocalRandom.current().nextInt();
      }
      // Only a table that is really crowded grows: bad luck must not, however long the process
      // runs.
      if (count() >= table.length / 2) {
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
      longer[i] = i < FIRST_SLOTS ? new PaddedSlot() : new Slot();
    }
    return longer;
  }

  /**
   * Where one piece of work is counted and described while it lasts. The generation goes round in
   * fours: 0 free, 1 taken and being written, 2 taken, 3 ended and being cleared. Only the thread
   * that won the step to 1 or 3 writes the fields; a reader believes what it read if the generation
   * was at 2 before and after, as with a seqlock.
   *
   * <p>The steps to 1 and to 3 are sequentially consistent, for the gate and the waiters are read
   * right after them. The others only publish.
   */
  private static class Slot {
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
    private long uses;

    /** Takes the slot. What it returns is good once {@link #describe} has been called. */
    int claim() {
      int free = generation;
      if ((free & 3) != 0 || !GENERATION.compareAndSet(this, free, free + 1)) {
        return TAKEN;
      }
      return free + 2;
    }

    void describe(int claimed, String method, String target, Thread thread, long now) {
      VarHandle.storeStoreFence(); // no reader sees the fields change before the generation has
      this.method = method;
      this.target = target;
      this.thread = thread;
      this.since = now;
      this.uses++;
      GENERATION.setRelease(this, claimed);
    }

    /** Instead of {@link #describe}: the work was not let in after all. */
    void giveBack(int claimed) {
      GENERATION.setVolatile(this, claimed + 2); // the waiters are read next
    }

    boolean release(int taken) {
      if (!GENERATION.compareAndSet(this, taken, taken + 1)) {
        return false;
      }
      VarHandle.storeStoreFence();
      method = null;
      target = null;
      thread = null;
      GENERATION.setRelease(this, taken + 2);
      return true;
    }

    boolean isTaken() {
      int step = generation & 3;
      return step == 1 || step == 2;
    }

    /** How often work was let in here; a moment old where work is just beginning. */
    long uses() {
      int acquired = generation;
      return acquired == 0 ? 0 : uses;
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

  /**
   * A slot with a cache line to itself. The first slots are those that threads come back to, and
   * two threads must not wait for each other's lines; in a table that has grown they are far apart
   * anyway.
   */
  @SuppressWarnings("unused")
  private static final class PaddedSlot extends Slot {
    private long p1;
    private long p2;
    private long p3;
    private long p4;
    private long p5;
    private long p6;
    private long p7;
    private long p8;
  }
}
