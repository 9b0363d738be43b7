"""How people say what people are seen to do on an ordinary day."""

from __future__ import annotations

from collections.abc import Mapping

#: See ``pipeline.training.sight_words``.
PEOPLE_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "person_standing": (
        "{ONE} {standing|stands|is standing|waiting|is waiting|waits} {still|there|around}",
        "{ONE} {upright|standing upright|on their feet|standing in place}",
        "{MANY} {standing|stand|are standing|waiting} {still|there|around}",
        "{a person who stands}",
        "{%standing person|%standing man|%standing woman|%standing figure|%waiting person|"
        "%waiting visitor|%loiterer|%loitering person|%standing guard|%sentry|%person at the "
        "door|%person on watch|%lookout|%motionless standing person|%upright person|%upright "
        "figure|%idle person|%standing worker|%standing pedestrian|%watchman|%idler|%person in "
        "an upright pose}",
        "{loitering|standing around|hanging around|standing watch|keeping watch|someone at the "
        "door|somebody at the gate|someone at the entrance|a person keeping still|a person on "
        "both feet|a person not moving|somebody in place|a visitor at the door|a lookout "
        "watching|a person watching|standing in line|a person posing}",
        "{ONE} {~stand|~wait|~loiter|~linger|~stand still|~stand around|~stand guard|~stand up|"
        "~hang around|~stay in place|~remain standing|~keep watch|~look around|~stop|~pause|"
        "~lean against a wall|~wait at the door}",
        "{a guy|a visitor|a worker|a guard|a stranger|a pedestrian|a boy|a girl|a customer|an "
        "employee|a policeman|a security guard|a suspect|a figure|a teenager|an old man|a "
        "child} {~stand|~wait|~loiter|~linger|~stand still|~stand around|~hang around|~stand "
        "there}",
        "{MANY} {^stand|^wait|^loiter|^linger|^stand around|^hang around|^stand still|^stand in "
        "a queue}",
        "{a person|someone|a man|a woman} standing {in the yard|in the street|in the room|in the "
        "hall|in the hallway|in the car park|in the parking lot|by the wall|near the door|at the "
        "gate|by the fence|near a car|in the middle|in front of a house}",
    ),
    "person_walking": (
        "{ONE} {walking|walks|is walking|strolling|strolls|passing|passes|passing by} {past|by|"
        "along|around|through|across}",
        "{MANY} {walking|walk|are walking|strolling|passing by|pass by} {past|along|around}",
        "{a person who walks}",
        "{a person|someone} {comes|coming|goes|going|moving|moves} {past|by|along}",
        "{%walking person|%walking man|%walking woman|%walking figure|%walker|%pedestrian|"
        "%passerby|%stroller|%hiker|%wanderer|%person on foot|%person in motion|%moving person|"
        "%patrolling guard|%walking guard|%walking worker|%walking visitor|%walking child|"
        "%person on the move|%approaching person|%departing person|%arriving person|%foot patrol|"
        "%commuter|%prowler|%sneaking person|%creeping person|%trespasser walking}",
        "{walking|strolling|pedestrian traffic|foot traffic|passers by|somebody on foot|someone "
        "on the move|someone going for a walk|someone walking towards the camera|a walk|a stroll|"
        "a patrol on foot|prowling|sneaking around|someone sneaking around|a person taking a "
        "walk|a person going somewhere|pedestrians crossing}",
        "{ONE} {~walk|~stroll|~wander|~pass|~pass by|~march|~stride|~pace|~roam|~patrol|~sneak|"
        "~creep|~prowl|~tiptoe|~approach|~enter|~leave|~arrive|~depart|~walk past|~walk by|~walk "
        "away|~walk around|~walk slowly|~walk along a wall|~come closer|~come in|~go out|~go by|"
        "~go away|~move around|~cross the yard|~cross the street|~cross the room|~limp|~step "
        "forward|~wander around|~walk up and down}",
        "{a guy|a visitor|a worker|a guard|a stranger|a pedestrian|a boy|a girl|a customer|an "
        "employee|a policeman|a security guard|a suspect|a figure|a prowler|a child|an old man} {"
        "~walk|~stroll|~wander|~pass|~approach|~patrol|~walk past|~walk by|~walk away|~walk "
        "around|~come closer|~enter|~leave|~cross the yard}",
        "{MANY} {^walk|^stroll|^wander|^pass|^pass by|^march|^approach|^enter|^leave|^arrive|"
        "^walk past|^walk by|^walk away|^walk around|^come closer|^cross the street|^go by|^walk "
        "side by side}",
        "{a person|someone|a man|a woman} walking {in the yard|in the street|in the room|in the "
        "hall|through the hallway|along the corridor|in the car park|in the parking lot|along "
        "the wall|to the door|to the gate|along the fence|past a car|on the pavement|on the "
        "sidewalk|in the warehouse|through the garden}",
    ),
    "person_running": (
        "{ONE} {sprinting|is sprinting|jogging|jogs} {away|past|fast}",
        "{MANY} {running|run|are running|sprinting|jogging} {away|past|fast}",
        "{%runner|%jogger|%sprinter|%running person|%running man|%running woman|%running figure|"
        "%running child|%running boy|%running thief|%running suspect|%fleeing person|%fleeing "
        "man|%fleeing suspect|%fleeing thief|%running intruder|%running burglar|%escaping person|"
        "%escaping thief|%fugitive|%person on the run|%rushing person|%hurrying person|%dashing "
        "person|%sprinting person|%person in a hurry|%sprint|%fast runner|%chase on foot|%foot "
        "chase|%pursuit on foot|%running pedestrian|%escape}",
        "{running|jogging|sprinting|fleeing|running away|running fast|rushing|hurrying|someone "
        "on the run|someone chasing a thief|a person at a run|a person moving fast|fast movement "
        "of a person|a person dashing off|a burglar getting away|a thief getting away|running "
        "for the exit|running for cover|running in panic|a stampede|a hasty escape|evacuating "
        "people running}",
        "{ONE} {~run|~jog|~sprint|~dash|~flee|~rush|~hurry|~bolt|~race|~scurry|~escape|~run away|"
        "~run past|~run off|~run fast|~run across the yard|~run down the street|~run for help|"
        "~run after someone|~run to the door|~run in panic|~run towards the camera|~make off|"
        "~get away|~chase someone|~speed away|~take off running|~rush past|~hurry away|~charge|"
        "~gallop|~be running fast|~be chased}",
        "{a guy|a boy|a girl|a thief|a burglar|an intruder|a robber|a suspect|a stranger|a "
        "worker|a guard|a child|a kid|a teenager|a pedestrian|a figure|a policeman} {~run|"
        "~sprint|~flee|~rush|~dash|~jog|~run away|~run off|~run past|~escape|~hurry|~bolt}",
        "{MANY} {^run|^jog|^sprint|^flee|^rush|^dash|^hurry|^escape|^run away|^run past|^run in "
        "panic|^run for the exit|^race|^chase each other|^run off|^flee in panic}",
        "{a person|someone|a man|a woman} running {in the yard|in the street|in the room|in the "
        "hall|through the hallway|along the corridor|in the car park|in the parking lot|along "
        "the wall|to the gate|along the fence|past a car|in the warehouse|through the garden}",
    ),
    "person_bending": (
        "{ONE} {bending|bends|is bending|bent|crouching|crouches|is crouching|squatting|kneeling|"
        "is kneeling|stooping|leaning} {down|over|forward|}",
        "{ONE} {picking up|picks up|tying|ties|reaching for|lifting} {something|a thing|a bag|"
        "shoes|an object|a box}",
        "{a crouching|a bending|a kneeling|a squatting} {man|woman}",
        "{%bending person|%crouching person|%crouching man|%crouching figure|%crouched person|"
        "%squatting person|%kneeling person|%kneeling man|%stooping person|%stooped person|%bent "
        "person|%hunched person|%hunched figure|%ducking person|%ducked person|%person on their "
        "knees|%person in a squat|%person in a crouch|%gardener bent_over|%bent_over person|"
        "%crouching burglar|%hiding person|%kneeling worker|%person hiding}",
        "{bending down|bending over|crouching|squatting|kneeling|stooping|ducking|picking "
        "something up|tying shoes|someone on their knees|someone hiding low|someone hiding "
        "behind a car|someone on all fours|a person reaching to the ground|a person close to the "
        "ground|a person searching the ground|someone putting down a box|someone leaving a bag|a "
        "person planting something}",
        "{ONE} {~crouch|~crouch down|~squat|~squat down|~kneel|~kneel down|~stoop|~duck|~duck "
        "down|~lean forward|~lean over|~hunch over|~bow|~hide|~crawl|~pick up a bag|~pick up a "
        "box|~pick something up|~tie a shoe|~reach down|~lift a box|~lift something|~lower a box|"
        "~put down a bag|~put something down|~drop a bag|~look under a car|~work on the ground|"
        "~dig}",
        "{a guy|a worker|a visitor|a guard|a boy|a girl|a child|a stranger|a burglar|a gardener|"
        "a figure|a mechanic} {~bend|~bend down|~bend over|~crouch|~squat|~kneel|~stoop|~duck|"
        "~lean forward|~pick something up|~hide}",
        "{MANY} {^bend down|^crouch|^squat|^kneel|^duck|^kneel down|^bend over}",
    ),
    "person_sitting": (
        "{ONE} {seated|sitting down|resting|sat down} {there|on a bench|on a chair|on the ground|"
        "on the floor|}",
        "{MANY} {sitting|sit|are sitting|seated} {there|on a bench|}",
        "{a seated|a resting} {man|woman|visitor|worker}",
        "{%sitting person|%sitting man|%sitting woman|%sitting figure|%sitting child|%seated "
        "person|%seated man|%seated woman|%seated figure|%resting person|%person on a chair|"
        "%person on a bench|%person on a seat|%person on a sofa|%person on a couch|%person on "
        "steps|%person at a desk|%person at a table|%person on a stool|%sitting worker|%sitting "
        "guard|%person in a chair|%sitter|%sitting customer|%sitting visitor|%beggar on the "
        "ground}",
        "{sitting|seated|sitting down|someone having a rest|someone on a seat|someone in an "
        "armchair|someone on the steps|an office worker at a desk|people on a bench|people at "
        "tables}",
        "{ONE} {~sit|~sit down|~rest|~relax|~sit still|~sit there|~take a seat|~sit on a chair|"
        "~sit on a bench|~sit on the floor|~sit on the ground|~sit on a step|~sit on a wall|~sit "
        "at a desk|~sit at a table|~sit on a sofa|~sit on the stairs|~sit in a chair|~be seated|"
        "~be seated on a bench|~sit on a box|~take a break}",
        "{a guy|a visitor|a worker|a guard|a boy|a girl|a child|a customer|an employee|an old "
        "man|an old woman|a stranger|a beggar} {~sit|~sit down|~sit there|~rest|~sit on a chair|"
        "~sit on a bench|~be seated|~sit on the ground|~sit on the floor}",
        "{MANY} {^sit|^sit down|^rest|^sit on a bench|^sit at a table|^be seated|^sit on the "
        "ground|^sit around|^sit together}",
    ),
    "people_group": (
        "{a group|a crowd|a gathering|a bunch} of {persons|men|pedestrians|visitors}",
        "{several people|groups of people}",
        "{MANY} {together|gathered|in a group|meeting|talking|gathering|standing together}",
        "{two|three|four|a few} people {together|talking|in a group}",
        "{%group of people|%crowd|%crowd of people|%large crowd|%big crowd|%huge crowd|%dense "
        "crowd|%small crowd|%gathering|%gathering of people|%group|%large group|%small group|"
        "%bunch of people|%mob|%gang|%gang of youths|%group of youths|%group of teenagers|%group "
        "of men|%group of women|%group of visitors|%group of workers|%group of strangers|%group "
        "of friends|%group of children|%group of kids|%crew|%team|%queue|%queue of people|%line "
        "of people|%assembly|%assembly of people|%meeting|%demonstration|%protest|%protest march|"
        "%rally|%march|%throng|%throng of people|%mass of people|%pack of people|%cluster of "
        "people|%horde|%audience|%group of persons|%family|%couple|%pair of people|%party|%party "
        "of people|%crowded place|%crowded street|%crowded yard|%crowded room|%crowded hall|"
        "%procession|%multitude|%squad|%tour group|%gathering crowd|%group of customers}",
        "{many people|lots of people|a lot of people|too many people|dozens of people|hundreds "
        "of people|several persons|a number of people|more than one person|more than two people|"
        "people everywhere|people in a crowd|people in groups|people crowding|people side by "
        "side|people queueing|people in line|people in a queue|people waiting in line|protesters|"
        "demonstrators|rioters in a group|overcrowding|crowding|a busy place with people|a yard "
        "full of people|a street full of people|a room full of people|a hall full of people|"
        "spectators|onlookers|bystanders|fans|a few people|a few persons|several men|several "
        "women|several visitors|two people|two persons|two men|two women|three people|three "
        "persons|three men|four people|five people|a couple of people|people having a meeting|"
        "people having a conversation|people talking together|a mob of people|a flash mob|packed "
        "with people|people packed together|multiple people|multiple persons|numerous people|"
        "plenty of people|a group walking together}",
        "{a crowd|a group|a gang|a mob|a group of people|a crowd of people|the crowd} {~gather|"
        "~form|~assemble|~meet|~wait|~stand together|~grow|~march|~protest|~move|~block the way|"
        "~crowd together|~talk|~come together}",
        "{people|some people|several people|many people|men|women|youths|teenagers|visitors|"
        "friends|workers|strangers|protesters|three people|two people} {^gather|^meet|^assemble|"
        "^stand together|^talk|^talk to each other|^chat|^crowd together|^crowd around|^queue|"
        "^hang out|^come together|^form a group|^walk together|^protest|^stand in a group|^greet "
        "each other|^shake hands}",
        "{a crowd|a group of people|a gang|many people|a gathering} {in the yard|in the street|"
        "in the room|in the hall|in the hallway|in the car park|in the parking lot|at the gate|"
        "at the door|at the entrance|in front of the building|outside|in the warehouse|on the "
        "sidewalk|on the pavement}",
    ),
}
