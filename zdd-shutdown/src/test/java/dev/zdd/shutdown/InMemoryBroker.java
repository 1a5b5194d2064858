package dev.zdd.shutdown;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a consumer of Kafka has to live with, without Kafka: partitions that belong to one member of
 * the group at a time and change hands only inside poll and close; offsets, committed per partition
 * and only by the owner; a client that is bound to one thread; a wakeup that sticks until the next
 * blocking call, which may be the commit.
 */
final class InMemoryBroker {
  /** A message and where it stands. */
  record Message(int partition, int offset, String value) {}

  // All guarded by `this`.
  private final List<List<String>> partitions = new ArrayList<>();
  private final int[] committed;
  private final Consumer[] owners;
  private final List<Consumer> members = new ArrayList<>();

  InMemoryBroker(int partitions) {
    for (int i = 0; i < partitions; i++) {
      this.partitions.add(new ArrayList<>());
    }
    this.committed = new int[partitions];
    this.owners = new Consumer[partitions];
  }

  synchronized void send(String value) {
    partitions.get(Math.floorMod(value.hashCode(), partitions.size())).add(value);
    notifyAll();
  }

  /** How many messages are not committed. */
  synchronized int lag() {
    int lag = 0;
    for (int i = 0; i < committed.length; i++) {
      lag += partitions.get(i).size() - committed[i];
    }
    return lag;
  }

  synchronized Consumer join() {
    Consumer consumer = new Consumer();
    members.add(consumer);
    return consumer;
  }

  final class Consumer implements PollLoop.Source<Message> {
    private final Map<Integer, Integer> positions = new HashMap<>();
    private boolean woken;
    private Thread thread;

    @Override
    public List<Message> poll() throws Exception {
      synchronized (InMemoryBroker.this) {
        enter();
        long end = System.nanoTime() + 5_000_000_000L;
        while (System.nanoTime() < end) {
          heedWakeup();
          rebalance();
          List<Message> fetched = fetch();
          if (!fetched.isEmpty()) {
            return fetched;
          }
          InMemoryBroker.this.wait(20);
        }
        return List.of();
      }
    }

    @Override
    public void commit(List<Message> processed) {
      synchronized (InMemoryBroker.this) {
        enter();
        heedWakeup();
        for (Message message : processed) {
          if (owners[message.partition()] != this) {
            throw new IllegalStateException("partition " + message.partition() + " is another's");
          }
          committed[message.partition()] = message.offset() + 1;
        }
      }
    }

    @Override
    public void giveBack(List<Message> unprocessed) {
      synchronized (InMemoryBroker.this) {
        enter();
        for (Message message : unprocessed) {
          positions.merge(message.partition(), message.offset(), Math::min);
        }
      }
    }

    @Override
    public void wakeup() {
      synchronized (InMemoryBroker.this) {
        woken = true;
        InMemoryBroker.this.notifyAll();
      }
    }

    @Override
    public void close() {
      synchronized (InMemoryBroker.this) {
        enter();
        members.remove(this);
        for (int i = 0; i < owners.length; i++) {
          if (owners[i] == this) {
            owners[i] = null;
          }
        }
        InMemoryBroker.this.notifyAll();
      }
    }

    private void enter() {
      if (thread == null) {
        thread = Thread.currentThread();
      }
      if (thread != Thread.currentThread()) {
        throw new java.util.ConcurrentModificationException("this client is not for two threads");
      }
    }

    private void heedWakeup() {
      if (woken) {
        woken = false;
        throw new IllegalStateException("wakeup");
      }
    }

    private void rebalance() {
      int me = members.indexOf(this);
      for (int i = 0; i < owners.length; i++) {
        boolean mine = i % members.size() == me;
        if (owners[i] == this && !mine) {
          owners[i] = null;
          positions.remove(i);
        } else if (owners[i] == null && mine) {
          owners[i] = this;
          positions.put(i, committed[i]);
        }
      }
    }

    private List<Message> fetch() {
      List<Message> fetched = new ArrayList<>();
      positions.replaceAll((partition, position) -> {
        List<String> log = partitions.get(partition);
        int end = Math.min(log.size(), position + 5);
        for (int offset = position; offset < end; offset++) {
          fetched.add(new Message(partition, offset, log.get(offset)));
        }
        return end;
      });
      return fetched;
    }
  }
}
