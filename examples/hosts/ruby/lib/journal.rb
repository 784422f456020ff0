require_relative "journal/journal"

# A file of lines that grows at its end.
class Journal
  # Opens the file at +path+. With a block, closes it afterwards; an error of the block is the +cause+
  # of one of the close.
  def self.open(path)
    journal = new(path)
    return journal unless block_given?

    begin
      yield journal
    ensure
      journal.close
    end
  end
end
